import type { ParquetWriter } from 'hyparquet-writer'
import type { Column } from './table.ts'

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number]

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const

/** The elements of a column that follow its name, for each type. Each value may be missing. */
const ELEMENTS: Record<Column['type'], Omit<SchemaElement, 'name' | 'repetition_type'>> = {
  STRING: TEXT,
  JSON: { type: 'BYTE_ARRAY', converted_type: 'JSON', logical_type: { type: 'JSON' } },
  INT32: { type: 'INT32' },
  INT64: { type: 'INT64' },
  DOUBLE: { type: 'DOUBLE' },
  BOOLEAN: { type: 'BOOLEAN' },
  TIMESTAMP: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    // Without it readers take the times for local ones.
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
  BYTES: { type: 'BYTE_ARRAY' },
  TEXTS: { converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
}

/** Returns the Parquet schema of a table. Source: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md */
export function parquetSchemaOf(columns: Column[]): SchemaElement[] {
  return [{ name: 'root', num_children: columns.length }, ...columns.flatMap(elementsOf)]
}

function elementsOf({ name, type }: Column): SchemaElement[] {
  const column: SchemaElement = { name, repetition_type: 'OPTIONAL', ...ELEMENTS[type] }
  if (type !== 'TEXTS') return [column]
  return [
    column,
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', ...TEXT },
  ]
}
