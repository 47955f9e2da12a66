"""The student network in PyTorch, trained as one graph; every equation is in ../ARCHITECTURE.md.

Parameters have the names of the project's safetensors files, so a state dict is a model file.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPSILON = 1e-6
MASKED = -30000.0  # far below any score, and finite in bf16
EOS, UNKNOWN = 0, 1
ALIGNING = 0  # the head of the last decoder layer that learns the word alignment


class Attention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        """[rows, length, width] to [rows, heads, length, width / heads]."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What each place of `x` takes from `memory`, and the weights: [rows, heads, places, memory]."""
        q, k, v = (
            self.split(self.q_proj(x)),
            self.split(self.k_proj(memory)),
            self.split(self.v_proj(memory)),
        )
        # Matrix products and softmax: in bf16 on a CPU faster than scaled_dot_product_attention.
        scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + mask
        weights = torch.softmax(scores, -1)
        return self.out_proj((weights @ v).transpose(1, 2).flatten(-2)), weights


class EncoderLayer(nn.Module):
    def __init__(self, width: int, inner: int, heads: int):
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width, eps=EPSILON)
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)
        self.final_layer_norm = nn.LayerNorm(width, eps=EPSILON)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.self_attn_layer_norm(x + self.self_attn(x, x, mask)[0])
        return self.final_layer_norm(x + self.fc2(F.relu(self.fc1(x))))


class Ssru(nn.Module):
    """The simpler simple recurrent unit of Kim et al. 2019, "From Research to Production and Back"."""

    def __init__(self, width: int):
        super().__init__()
        self.w = nn.Linear(width, width, bias=False)
        self.wf = nn.Linear(width, width)

    def forward(self, x: Tensor, cell: Tensor | None) -> tuple[Tensor, Tensor]:
        forget = torch.sigmoid(self.wf(x).float())
        cells = (1 - forget) * self.w(x).float()
        if cell is not None:
            cells = torch.cat([cells[:, :1] + forget[:, :1] * cell[:, None], cells[:, 1:]], 1)
        # c[t] = f[t] c[t-1] + u[t] for all t at once, in log2(length) steps: each doubles how far back a cell has seen.
        reach = 1
        while reach < x.shape[1]:
            seen, before = cells[:, reach:], cells[:, :-reach]
            cells = torch.cat([cells[:, :reach], seen + forget[:, reach:] * before], 1)
            forget = torch.cat([forget[:, :reach], forget[:, reach:] * forget[:, :-reach]], 1)
            reach *= 2
        return F.relu(cells).to(x.dtype), cells[:, -1]


class DecoderLayer(nn.Module):
    def __init__(self, width: int, inner: int, heads: int):
        super().__init__()
        self.rnn = Ssru(width)
        self.rnn_layer_norm = nn.LayerNorm(width, eps=EPSILON)
        self.encoder_attn = Attention(width, heads)
        self.encoder_attn_layer_norm = nn.LayerNorm(width, eps=EPSILON)
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)
        self.final_layer_norm = nn.LayerNorm(width, eps=EPSILON)

    def recur(self, x: Tensor, cell: Tensor | None) -> tuple[Tensor, Tensor]:
        recurrent, cell = self.rnn(x, cell)
        return self.rnn_layer_norm(x + recurrent), cell

    def attend(self, x: Tensor, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The states behind the layer, and the attention weights of the head that aligns: [rows, length, source]."""
        mixed, weights = self.encoder_attn(x, memory, mask)
        x = self.encoder_attn_layer_norm(x + mixed)
        return self.final_layer_norm(x + self.fc2(F.relu(self.fc1(x)))), weights[:, ALIGNING]


class Output(nn.Module):
    def __init__(self, vocabulary: int):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(vocabulary))


class Layers(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = nn.ModuleList(layers)


def positions(length: int, width: int) -> Tensor:
    """Sines, then cosines: [length, width]."""
    half = width // 2
    rates = torch.exp(torch.arange(half) * -(math.log(10000.0) / (half - 1)))
    angles = torch.arange(length)[:, None] * rates[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


class Student(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        width, inner, heads = config["d_model"], config["ffn_dim"], config["attention_heads"]
        self.width = width
        self.source_embedding = nn.Embedding(config["source_vocab_size"], width)
        self.target_embedding = nn.Embedding(config["target_vocab_size"], width)
        self.output = Output(config["target_vocab_size"])
        self.hint = nn.Embedding(2, width)  # 0: what marks a piece of a hint; 1: begins a candidate
        with torch.no_grad():
            self.hint.weight[0].zero_()
            self.hint.weight[1].normal_(std=0.05)
        self.encoder = Layers(
            EncoderLayer(width, inner, heads) for _ in range(config["encoder_layers"])
        )
        self.decoder = Layers(
            DecoderLayer(width, inner, heads) for _ in range(config["decoder_layers"])
        )
        self.register_buffer("positions", positions(1024, width), persistent=False)

    def compile(self):
        """Compiles what is the same for every length; one graph over lengths would be compiled again and again."""
        for layer in self.encoder.layers:
            layer.forward = torch.compile(layer.forward, dynamic=True)
        for layer in self.decoder.layers:
            layer.attend = torch.compile(layer.attend, dynamic=True)

    def scores_mask(self, real: Tensor) -> Tensor:
        """What is added to attention scores: [rows, 1, 1, length] from which tokens are no padding."""
        zeros = torch.zeros(real.shape, dtype=self.positions.dtype, device=real.device)
        return zeros.masked_fill_(~real, MASKED)[:, None, None]

    def encode(self, source: Tensor, mask: Tensor) -> Tensor:
        hints = self.target_embedding.weight + self.hint.weight[:1]
        table = torch.cat([self.source_embedding.weight, hints, self.hint.weight[1:]])
        x = F.embedding(source, table) * math.sqrt(self.width) + self.positions[: source.shape[1]]
        for layer in self.encoder.layers:
            x = layer(x, mask)
        return x

    def decode(self, embedded: Tensor, start: int, cells: list, memory: Tensor, mask: Tensor):
        """Target states from the embeddings of what went before, the new cells, and the last layer's weights."""
        length = embedded.shape[1]
        x = embedded * math.sqrt(self.width) + self.positions[start : start + length]
        after, weights = [], None
        for layer, cell in zip(self.decoder.layers, cells):
            x, cell = layer.recur(x, cell)
            after.append(cell)
            x, weights = layer.attend(x, memory, mask)
        return x, after, weights

    def forward(self, source: Tensor, real: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """States from which each target token is to be told, [rows, length, width], and where each looks in the source."""
        mask = self.scores_mask(real)
        memory = self.encode(source, mask)
        embedded = self.target_embedding(target)
        # Position 0 sees nothing: there is no token for the beginning.
        embedded = F.pad(embedded[:, :-1], (0, 0, 1, 0))
        states, _, weights = self.decode(embedded, 0, [None] * len(self.decoder.layers), memory, mask)
        return states, weights

    @torch.no_grad()
    def greedy(self, source: Tensor, real: Tensor) -> Tensor:
        """Target ids, rows filled with the end of sentence: [rows, length]."""
        mask = self.scores_mask(real)
        memory = self.encode(source, mask)
        rows = source.shape[0]
        embedded = torch.zeros(rows, 1, self.width, dtype=memory.dtype, device=source.device)
        cells = [None] * len(self.decoder.layers)
        done = torch.zeros(rows, dtype=torch.bool, device=source.device)
        written = []
        for step in range(2 * source.shape[1] + 8):
            x, cells, _ = self.decode(embedded, step, cells, memory, mask)
            logits = F.linear(x[:, 0], self.target_embedding.weight, self.output.bias.to(x.dtype)).float()
            logits[:, UNKNOWN] = -math.inf
            ids = logits.argmax(-1).masked_fill(done, EOS)
            written.append(ids)
            done |= ids == EOS
            if done.all():
                break
            embedded = self.target_embedding(ids)[:, None]
        return torch.stack(written, 1)
