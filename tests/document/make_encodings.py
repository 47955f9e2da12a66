"""Writes one German text in each encoding that Python knows and `decode` promises. Run it in this folder."""

from pathlib import Path

TEXT = "Grüße aus Köln: Ärger, Öl, Übermut, weiß. „Zitat“ – 5 € und so weiter …\r\nMäßige Straßenverhältnisse.\n"
# What has no „“, –, € or …
PLAIN = "Grüße aus Köln: Ärger, Öl, Übermut, weiß.\r\nMäßige Straßenverhältnisse im Süden.\n"
EURO = "Grüße aus Köln: Ärger, Öl, Übermut, weiß. 5 € im Süden.\r\nMäßige Straßenverhältnisse.\n"
RUSSIAN = "Быть или не быть, вот в чём вопрос.\nДостойно ль смиряться под ударами судьбы?\n"

FILES = {
    "utf-8": (TEXT, "utf-8"),
    "utf-8-bom": (TEXT, "utf-8-sig"),
    "utf-16le-bom": ("\ufeff" + TEXT, "utf-16-le"),
    "utf-16be-bom": ("\ufeff" + TEXT, "utf-16-be"),
    "utf-16le": (TEXT, "utf-16-le"),
    "utf-16be": (TEXT, "utf-16-be"),
    "windows-1252": (TEXT, "cp1252"),
    "iso-8859-1": (PLAIN, "iso-8859-1"),
    "iso-8859-15": (EURO, "iso-8859-15"),
    "ibm850": (PLAIN, "cp850"),
    "ibm437": (PLAIN, "cp437"),
    "macintosh": (TEXT, "mac_roman"),
    "windows-1251": (RUSSIAN, "cp1251"),
}

folder = Path(__file__).parent / "encodings"
for name, (text, codec) in FILES.items():
    (folder / f"{name}.bin").write_bytes(text.encode(codec))
    (folder / f"{name}.txt").write_text(text.lstrip("\ufeff"), encoding="utf-8", newline="")
