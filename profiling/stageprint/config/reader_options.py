"""The options of Spark's readers, by which misspelt ones are found: Spark ignores an option that it does not know."""

from __future__ import annotations

from typing import Final

from stageprint.errors import did_you_mean

_OF_FILES: Final = (
    "pathGlobFilter", "recursiveFileLookup", "modifiedBefore", "modifiedAfter", "ignoreCorruptFiles",
    "ignoreMissingFiles", "basePath", "rescuedDataColumn", "schemaEvolutionMode", "compression", "codec",
)  # fmt: skip
_OF_TEXTS: Final = (
    "encoding", "charset", "lineSep", "multiLine", "mode", "columnNameOfCorruptRecord", "dateFormat",
    "timestampFormat", "timestampNTZFormat", "enableDateTimeParsingFallback", "timeZone", "locale", "samplingRatio",
    "inferTimestamp", "preferDate", "prefersDate", "singleVariantColumn", "readerCaseSensitive", "badRecordsPath",
)  # fmt: skip

READER_OPTIONS: Final = {
    "csv": (
        *_OF_FILES, *_OF_TEXTS,
        "header", "sep", "delimiter", "quote", "escape", "comment", "inferSchema", "enforceSchema",
        "ignoreLeadingWhiteSpace", "ignoreTrailingWhiteSpace", "nullValue", "nanValue", "positiveInf", "negativeInf",
        "maxColumns", "maxCharsPerColumn", "charToEscapeQuoteEscaping", "emptyValue", "unescapedQuoteHandling",
        "columnPruning", "extension", "mergeSchema", "skipRows",
    ),
    "json": (
        *_OF_FILES, *_OF_TEXTS,
        "primitivesAsString", "prefersDecimal", "allowComments", "allowUnquotedFieldNames", "allowSingleQuotes",
        "allowNumericLeadingZeros", "allowBackslashEscapingAnyCharacter", "allowUnquotedControlChars",
        "allowNonNumericNumbers", "dropFieldIfAllNull", "inferSchema", "useUnsafeRow",
    ),
    "parquet": (*_OF_FILES, "mergeSchema", "datetimeRebaseMode", "int96RebaseMode", "readerCaseSensitive"),
    "orc": (*_OF_FILES, "mergeSchema"),
    "delta": (
        "versionAsOf", "timestampAsOf", "readChangeFeed", "readChangeData", "startingVersion", "endingVersion",
        "startingTimestamp", "endingTimestamp", "ignoreDeletes", "ignoreChanges", "skipChangeCommits", "responseFormat",
        "schemaTrackingLocation", "maxFilesPerTrigger", "maxBytesPerTrigger",
    ),
    "iceberg": ("versionAsOf", "timestampAsOf", "branch", "tag"),
    "stageprint": (),
}  # fmt: skip
"""Format → the options that its reader takes, those of Spark 3.5 to 4.3, of Delta, Iceberg and Databricks."""


def option_problem(source_format: str, option: str) -> str | None:
    """Return what is wrong with the name of an option, or None; names are the same in any case.

    Names with a dot, such as ``fs.s3a.endpoint``, are settings of the file system: any may be given.

    Args:
        source_format: Format of the source.
        option: Name of the option.
    """
    known = READER_OPTIONS.get(source_format, ())
    if "." in option or option.casefold() in {name.casefold() for name in known}:
        return None
    if not known:
        return f"a {source_format} source has no options"
    return f"the {source_format} reader has no option {option!r}{did_you_mean(option, known)}; it would be ignored"
