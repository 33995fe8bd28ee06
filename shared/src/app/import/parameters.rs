//! The query parameters of an import, each with what it means.

/// The parameters that [`super::Options::parse`] reads.
pub const PARAMETERS: &[(&str, &str)] = &[
    (
        "time",
        "The column with the time, or several: `year,month,day,hour,minute,second`, a date and a time of day. A name with commas is written in double quotes. Without it the columns are found by name and content.",
    ),
    (
        "time_format",
        "The form of the times: a pattern of strftime (`%d.%m.%Y %H:%M`; several time columns are joined by a space first), or `excel`, `datenum`, `unix_s`, `unix_ms`, `unix_us`, `unix_ns`, `mjd`, `jd`, `decimal_year`, `iso_week`, `quarter`, `fiscal_year`.",
    ),
    (
        "tz",
        "The zone of times that do not state their own: `Europe/Berlin`, `+05:30`. Default `UTC`.",
    ),
    (
        "missing",
        "Words that stand for a missing value, separated by commas, instead of `NA`, `N/A`, `n/a`, `#N/A`, `NaN`, `nan`, `-`, `null` and `NULL`. Empty cells are always missing. In JSON `null` is, and strings only when named here.",
    ),
    (
        "rename",
        "Gives a column another name, `old:new`; repeatable.",
    ),
    (
        "skip",
        "Columns to leave out, separated by commas; repeatable.",
    ),
    (
        "types",
        "Types of columns that should not be inferred: `station:text,level:number`; repeatable. Numbers that JSON has as strings are read where the type is number or integer.",
    ),
    (
        "unpivot",
        "Columns whose names are times (`1960`, `2020-01`, or month names beside a column with the year) become rows: the name of the field that takes their values. CSV only.",
    ),
    (
        "encoding",
        "The encoding of the file: `utf-8`, `utf-16` or `windows-1252`. Default `utf-8`; UTF-16 with a byte order mark is recognised.",
    ),
    (
        "delimiter",
        "What separates the cells of a CSV file: one character, `tab`, or `spaces` for any number of blanks. Without it `,` `;` tab or `|` is found.",
    ),
    (
        "header",
        "Whether the first line of a CSV file has the names of its columns, `true` or `false`. Without it the lines below tell.",
    ),
    (
        "skip_lines",
        "How many lines at the top of a CSV file to leave out. Lines above the header that have another number of cells are left out without it.",
    ),
    (
        "comment",
        "The character with which comment lines of a CSV file begin, anywhere in the file. Without it lines that begin with `#` are left out at the top only.",
    ),
    (
        "decimal",
        "The decimal point of a CSV file's numbers, `.` or `,`. Default `.`.",
    ),
    (
        "thousands",
        "What separates the thousands of a CSV file's numbers: `,` `.` `'` `_` or `space`. Default none.",
    ),
    (
        "on_error",
        "`fail`: one bad row refuses the file, the default. `skip`: bad rows are left out and counted.",
    ),
];
