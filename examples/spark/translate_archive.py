"""Translates an archive of German texts with Apache Spark and degist's worker.

    python translate_archive.py ARTICLES RESULTS [--worker PATH] [--master URL] [--field NAME] [--parts N]

ARTICLES is a file or folder of JSON Lines (*.jsonl), or else a folder of text files, each of which becomes a record with
the fields `file` and `text`. RESULTS is a folder that must not exist yet; its part files hold the same records with the
field `translation`, or `error` where a record could not be translated.

Each task pipes its records through one worker process. A task that is lost with its machine runs again elsewhere, and
Spark's commit protocol keeps only one result of each, so every record comes out once. The program must be at the path
PATH on every machine; it holds its model and needs no network.
"""

import argparse
import json
import shlex

from pyspark.sql import SparkSession


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles")
    parser.add_argument("results")
    parser.add_argument("--worker", default="translate", help="the program translate, or summarize for summaries")
    parser.add_argument("--master", help="such as spark://host:7077 or local[2]; else what spark-submit says")
    parser.add_argument("--field", default="text", help="the field with the German text")
    parser.add_argument("--parts", type=int, default=0, help="tasks at least; a task is what is lost with a machine")
    options = parser.parse_args()

    builder = SparkSession.builder.appName("degist")
    if options.master:
        builder = builder.master(options.master)
    spark = builder.getOrCreate()
    context = spark.sparkContext

    if options.articles.endswith(".jsonl"):
        records = context.textFile(options.articles)
    else:
        files = context.wholeTextFiles(options.articles)
        records = files.map(lambda file: json.dumps({"file": file[0], options.field: file[1]}))
    if options.parts:
        records = records.repartition(options.parts)

    # One thread each: Spark runs as many tasks as there are cores.
    command = [options.worker, "--jsonl", "--threads", "1", "--field", options.field]
    answers = records.pipe(shlex.join(command), checkCode=True)
    answers.saveAsTextFile(options.results)
    spark.stop()


if __name__ == "__main__":
    main()
