"""Says as JSON what DuckDB finds in the Parquet file that it is given by name."""

import json
import sys

import duckdb

found = duckdb.sql(f"SELECT * FROM read_parquet('{sys.argv[1]}')")
names = found.columns
table = {
    "types": {name: str(kind) for name, kind in zip(names, found.types)},
    "rows": [dict(zip(names, row)) for row in found.fetchall()],
    "groups": duckdb.sql(
        f"SELECT count(DISTINCT row_group_id) FROM parquet_metadata('{sys.argv[1]}')"
    ).fetchall()[0][0],
}
json.dump(table, sys.stdout)
