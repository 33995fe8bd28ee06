"""The analysis `template-python`: mean and range of a field of numbers.

docs/your-own-analysis.md explains how an analysis is written, built and tried. What it is given and
what it returns are the types of wit/analysis.wit, here in the package `wit_world`.
"""

# An analysis has no files and no clock: what it imports, it must import here, while it is built.
import builtins
import json
import math
import sys

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports.types import (
    Description,
    FieldType,
    Outcome_Done,
    Outcome_Failed,
    Outcome_Running,
    Progress,
    Report,
    Values_Numbers,
)

# What the analysis says of itself, at /analyses/template-python. `parameters` is a JSON Schema: jobs
# whose parameters it does not accept are refused before they get here.
DESCRIPTION = Description(
    name="template-python",
    title="Mean and range",
    version="0.1.0",
    summary="The arithmetic mean, the smallest and the greatest value of a field; missing values are left out.",
    needs_dataset=True,
    parameters=json.dumps({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": ["field"],
        "properties": {
            "field": {
                "type": "string",
                "format": "number-field",
                "description": "The field.",
            },
        },
    }),
    example=json.dumps({"field": "average"}),
)

# Points in one step: a step is to take a tenth of a second or less.
STEP = 100_000


def wanted(parameters, fields):
    """Names the fields whose columns `compute` needs; raises `Err` with a list of every fault."""
    name = parameters["field"]
    known = {field.name: field for field in fields}
    if name not in known:
        raise Err([f"there is no field `{name}`"])
    if known[name].type not in (FieldType.NUMBER, FieldType.INTEGER):
        raise Err([f"the field `{name}` has no numbers"])
    return [name]


def compute(request, data):
    """Yields progress after each step, and in the end a report or a refusal."""
    column = data.columns[0]
    name = column.field.name
    if not isinstance(column.values, Values_Numbers):
        yield Outcome_Failed(f"The field `{name}` has no numbers.")
        return
    values = column.values.value
    if not values:
        yield Outcome_Failed("There are no points to take the mean of.")
        return

    sums, count, least, greatest = [], 0, math.inf, -math.inf
    for start in range(0, len(values), STEP):
        # A missing value is NaN.
        part = [value for value in values[start : start + STEP] if not math.isnan(value)]
        if part:
            sums.append(math.fsum(part))
            count += len(part)
            least, greatest = min(least, min(part)), max(greatest, max(part))
        done = min(start + STEP, len(values))
        line = f"read {done} of {len(values)} points"
        yield Outcome_Running(Progress(done / len(values), "reading", 0, [line]))

    if count == 0:
        yield Outcome_Failed(f"All {len(values)} values of the field `{name}` are missing.")
        return
    result = {
        "field": name,
        "unit": column.field.unit,
        "count": count,
        "missing": len(values) - count,
        "mean": math.fsum(sums) / count,
        "min": least,
        "max": greatest,
    }
    yield Outcome_Done(Report(json.dumps(result), []))


# What follows joins the functions above to Almanac; it can stay as it is.


class Analysis(exports.Analysis):
    def describe(self):
        return DESCRIPTION

    def select(self, parameters, fields):
        return wanted(json.loads(parameters), fields)


class Task:
    """One run: `step` is called until it returns a report or a refusal."""

    def __init__(self, request, data):
        self.steps = compute(request, data)

    def step(self):
        close()
        try:
            return next(self.steps)
        except Exception as error:
            return Outcome_Failed(fault(error))


def fault(error):
    """An exception as text. Python's own traceback would open the source file, which is not there."""
    frame, line = error.__traceback__, 0
    while frame:
        line, frame = frame.tb_lineno, frame.tb_next
    return f"The analysis has a fault: {type(error).__name__}: {error} (line {line})"


def close():
    """Makes exceptions, which are told with their lines, of what would be a crash: there is nothing outside.

    Not before the first step, up to which componentize-py itself still imports modules.
    """
    builtins.open = no_files
    sys.meta_path.clear()
    # So `print` does nothing.
    sys.stdout = sys.stderr = None


def no_files(name, *_arguments, **_options):
    raise OSError(f"an analysis has no files, and so no {name}")
