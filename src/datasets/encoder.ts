import { ParquetEncoder } from '../exports/parquet.ts'
import type { DataFile, LineFile, TableFile } from './shape.ts'

/** Length of the text that is written at once. */
const BUFFER_LENGTH = 65_536

/** Turns the rows of a file into bytes. */
export interface Encoder<Row> {
  /** Adds a row. @returns false when the file leaves it out */
  add(row: Row): boolean
  /** Takes the bytes that are to be written now. */
  take(): Uint8Array
  /** Ends the file. @returns the last bytes */
  end(): Uint8Array
}

/** Returns the encoder of a file. */
export function encoderOf<Row>(file: DataFile<Row>): Encoder<Row> {
  return 'columns' in file ? tableEncoder(file) : lineEncoder(file)
}

function lineEncoder<Row>({ head = '', line }: LineFile<Row>): Encoder<Row> {
  let text = head
  const end = () => {
    const bytes = Buffer.from(text)
    text = ''
    return bytes
  }
  return {
    add(row) {
      const added = line(row)
      text += added ?? ''
      return added !== undefined
    },
    take: () => (text.length >= BUFFER_LENGTH ? end() : Buffer.alloc(0)),
    end,
  }
}

function tableEncoder<Row>({ columns, values }: TableFile<Row>): Encoder<Row> {
  const encoder = new ParquetEncoder(columns)
  return {
    add(row) {
      encoder.add([values(row)])
      return true
    },
    take: () => encoder.take(),
    end: () => encoder.end(),
  }
}
