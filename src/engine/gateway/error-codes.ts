/**
 * SQLSTATEs that DocumentDB raises, each with MongoDB's code and its name.
 * Source: documentdb/documentdb, pg_documentdb_gw/include/all_error_mappings_oss_generated.csv
 */
const ROWS = `
M0000 1 InternalError|M0001 2 BadValue|M0002 5 GraphContainsCycle|M0003 9 FailedToParse|M0004 14 TypeMismatch
M0005 15 Overflow|M00DO 16 InvalidLength|M0006 20 IllegalOperation|M0007 23 AlreadyInitialized|M00EW 24 LockTimeout
M0008 26 NamespaceNotFound|M0009 27 IndexNotFound|M000A 28 PathNotViable|M000C 34 CannotBackfillArray
M000D 40 ConflictingUpdateOperators|M000E 43 CursorNotFound|M000F 48 NamespaceExists|M00EX 50 MaxTimeMSExpired
M000G 52 DollarPrefixedFieldName|M000H 53 InvalidIdField|M000I 54 NotSingleValueField|M000J 56 EmptyFieldName
M000K 57 DottedFieldName|M00EY 59 CommandNotFound|M000L 61 ShardKeyNotFound|M000M 66 ImmutableField
M000N 67 CannotCreateIndex|M000O 68 IndexAlreadyExists|M000P 72 InvalidOptions|M000Q 73 InvalidNamespace
M000R 85 IndexOptionsConflict|M000S 86 IndexKeySpecsConflict|M00F0 91 ShutdownInProgress|M000T 111 NotExactValueField
M00F1 112 WriteConflict|M000U 115 CommandNotSupported|M00F2 117 ConflictingOperationInProgress
M000V 118 NamespaceNotSharded|M00CO 121 DocumentValidationFailure|M00EL 143 CursorInUse|M000W 146 ExceededMemoryLimit
M000X 159 DurationOverflow|M000Y 165 ViewDepthLimitExceeded|M000Z 166 CommandNotSupportedOnView
M0010 167 OptionNotSupportedOnView|M0011 181 AmbiguousIndexKeyPattern|M0012 197 InvalidIndexSpecificationOption
M00F4 201 CannotBuildIndexKeys|M0013 224 QueryFeatureNotAllowed|M00F5 225 TransactionTooOld
M0014 232 MaxSubPipelineDepthExceeded|M0015 241 ConversionFailure|M00F6 251 NoSuchTransaction
M00F7 256 TransactionCommitted|M00F8 261 TooManyLogicalSessions|M0016 263 OperationNotSupportedInTransaction
M0017 276 IndexBuildAborted|M0018 291 NoQueryExecutionPlans|M0019 361 CollectionUUIDMismatch
M00E8 10107 NotWritablePrimary|M001B 10334 BSONObjectTooLarge|M001C 11000 DuplicateKey
M001D 12587 BackgroundOperationInProgressForNamespace|M001H 13113 MergeStageNoMatchingDocument
53100 14031 OutOfDiskSpace|M003A 17419 Location17419|M003B 17420 Location17420|M007U 40324 Location40324
M006G 40075 Location40075|M0088 40415 Location40415|M009J 51104 Location51104|M00E7 42501 InsufficientPrivilege
23505 11000 DuplicateKey|23P01 11000 DuplicateKey|40001 112 WriteConflict|40P01 112 WriteConflict
55P03 24 LockTimeout|57014 50 MaxTimeMSExpired|0A000 115 CommandNotSupported|42P01 26 NamespaceNotFound
42P07 48 NamespaceExists|22023 2 BadValue|25P02 251 NoSuchTransaction|57P01 91 ShutdownInProgress
57P03 91 ShutdownInProgress|08006 6 HostUnreachable|53300 6 HostUnreachable`

export interface MongoCode {
  code: number
  name: string
}

const INTERNAL: MongoCode = { code: 1, name: 'InternalError' }

const byState = new Map(
  ROWS.trim()
    .split(/[|\n]/)
    .map(row => {
      const [state = '', code, name = ''] = row.split(' ')
      return [state, { code: Number(code), name }] as const
    }),
)
const nameByCode = new Map([...byState.values()].map(({ code, name }) => [code, name]))

/** MongoDB's code for a SQLSTATE; what is not known is an internal error. */
export function codeOfState(state: string | undefined): MongoCode {
  return byState.get(state ?? '') ?? INTERNAL
}

/** The name that MongoDB gives a code. */
export function nameOfCode(code: number): string {
  return nameByCode.get(code) ?? `Location${code}`
}

/** Codes inside replies are packed SQLSTATEs: five characters of six bits, low bits first, each less '0'. */
export function unpackCode(packed: number): MongoCode {
  if (packed < 1 << 24) return { code: packed, name: nameOfCode(packed) }
  const characters = [0, 6, 12, 18, 24].map(shift => String.fromCharCode(((packed >> shift) & 63) + 48))
  return codeOfState(characters.join(''))
}
