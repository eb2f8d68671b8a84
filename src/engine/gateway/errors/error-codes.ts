/**
 * MongoDB's error codes that DocumentDB raises. The SQLSTATE is `M` and the position in this list as four base-36 digits; `7-9`
 * stands for three codes.
 * Source: documentdb/documentdb, pg_documentdb_gw/include/all_error_mappings_oss_generated.csv
 */
const CODES = `
1 2 5 9 14 15 20 23 26 27 28 31 34 40 43 48 52 53 54 56 57 61 66 67 68 72 73 85 86 111 115 118 146 159 165 166 167 181
197 224 232 241 263 276 291 361 10065 10334 11000 12587 13026 13027 13068 13113 13297 13548 15947 15952 15955 15957
15958 15959 15972 15976 15981 16004 16006 16007 16020 6045000 16034 16035 16410 16411 16433 16554 16610 16611 16612
16702 16747 16748 16749 16755 16764 16766 16800 16801 16804 16874 16875 16876 16878 16879 16880 16882 16883 16994
17040-17049 17080-17083 17124 17194 17261 17276 17308 17310 17419 17420 18628 18629 18533-18537 28625 28646 28647
28648 28650 28651 28656 28657 28664 51044 51045 50989 28667 28680 28689 28690 28691 28714 28724-28729 28745-28749
28756-28759 28761-28766 28769 28803 28808-28812 28818 28822 31032 31002 31022 31023 31024 31034 31095 31109 31119
31120 31138 31249 31250 31253 31254 31256 31271 31276 31308 31325 31393 31395 34435 31441 34443-34455 34460-34468
34471 34473 40060-40068 40075-40081 40085 40086 40087 40090-40094 40096 40097 40100-40105 40147 40156 40158 40160
40169 40177 40185 40191-40202 40218 40228 40234 40238 40272 40319 40321 40323 40324 40352 40386 40390-40398 40400
40414 40415 40485 40489 40515-40525 40533 40535 40536 40539-40542 40600-40603 40235 40237 40647 40684 50694-50696
50699 50700 50723 50752 50759 51024 51047 51074 51075 51080-51083 51091 51103-51111 51132 51134 51151 51156 51178
51183 51185-51187 51191 51246 51276 51247 51743-51751 327391 327392 1257300 3040501 4031700 4161100 4161101
2942500-2942506 3041701-3041703 4161102-4161109 4890500 4940400 4940401 5166400-5166406 5107200 5107201
5166301-5166305 5166307 5339900-5339902 5429413 5429414 5429513 5439007-5439010 5439012-5439018 5626500
5654600-5654602 5687301 5687302 5687400 5687401 5746102 5787801 5787900-5787903 5787906-5787908 5788200 5858203
5976500 5371601-5371603 121 605001 6050106 16990 13111 5788001-5788005 5733201 5733401-5733403 5733406 5733408 5733409
5876900 5897900 5946802 6007200 6053600 6586400 8993000 5423900-5423902 5490710 5624900 5624901 6050202 6050204
5788604 31170 31465 40181 16 15998 40229 8000 55 40236 17053 7429703 7436100 7750301-7750303 51003 7749501 5860402
7555701 7555702 3041704 4341107 42501 10107 40239-40246 40257 40258 40260 40261 143 13103 17385 31319-31321 13 51002
4544714 6 18 24 50 59 133 91 112 117 186 201 225 251 256 261 391 15948 50768 51071`

/** MongoDB's error codes for PostgreSQL's own SQLSTATEs. */
const POSTGRES_CODES = new Map([
  ['08006', 6],
  ['0A000', 115],
  ['22023', 2],
  ['23505', 11000],
  ['23P01', 11000],
  ['25P02', 251],
  ['28P01', 392],
  ['40001', 112],
  ['40P01', 112],
  ['42704', 11],
  ['42P01', 26],
  ['42P07', 48],
  ['53100', 14031],
  ['53300', 6],
  ['55P03', 24],
  ['57014', 50],
  ['57P01', 91],
  ['57P03', 91],
])

/** Of concurrent statements that create a collection, the first one of a database or one of the same name, all but one can fail so. */
export const CREATION_CONFLICT = /^Unable to create (the specified|metadata database sentinel) collection/

/** MongoDB's codes for errors to which DocumentDB gives another one, by their messages. */
const CORRECTIONS: [message: RegExp, code: number][] = [
  [/^Size \d+ is larger than MaxDocumentSize/, 10334],
  [/ is an unknown field$/, 40415],
  [/^A path '.*' is empty because it holds a field name with no content/, 56],
  [/^\$bucket was unable to locate a matching bucket/, 7158303],
  [/^Operator \$function is currently not supported/, 31264],
  [/^unknown top level operator: \$where/, 6108304],
  // By `killOp`; a time limit has another message.
  [/^canceling statement due to user request/, 11601],
  // The failure with which the query of an update refuses booleans.
  [/'Cannot apply \$inc to a value of non-numeric type: /, 14],
  [/^The destination field is an invalid array element/, 28],
  [/^elemMatch: Invalid argument provided, an object is required/, 31274],
  [/^Cannot use \$elemMatch projection on a nested field/, 31275],
  [CREATION_CONFLICT, 112],
]

/** The names of error codes. Source: MongoDB's manual, "Error Codes". */
const NAMES = `
1 InternalError|2 BadValue|5 GraphContainsCycle|6 HostUnreachable|9 FailedToParse|11 UserNotFound|13 Unauthorized
14 TypeMismatch|15 Overflow|16 InvalidLength|18 AuthenticationFailed|20 IllegalOperation|23 AlreadyInitialized
24 LockTimeout|26 NamespaceNotFound|27 IndexNotFound|28 PathNotViable|31 RoleNotFound|34 CannotBackfillArray
40 ConflictingUpdateOperators|43 CursorNotFound|48 NamespaceExists|50 MaxTimeMSExpired|52 DollarPrefixedFieldName
53 InvalidIdField|54 NotSingleValueField|55 InvalidDBRef|56 EmptyFieldName|57 DottedFieldName|59 CommandNotFound
61 ShardKeyNotFound|66 ImmutableField|67 CannotCreateIndex|68 IndexAlreadyExists|72 InvalidOptions|73 InvalidNamespace
85 IndexOptionsConflict|86 IndexKeySpecsConflict|91 ShutdownInProgress|100 UnsatisfiableWriteConcern
111 NotExactValueField|112 WriteConflict|115 CommandNotSupported|117 ConflictingOperationInProgress
118 NamespaceNotSharded|121 DocumentValidationFailure|133 FailedToSatisfyReadPreference|143 CursorInUse
146 ExceededMemoryLimit|159 DurationOverflow|165 ViewDepthLimitExceeded|166 CommandNotSupportedOnView
167 OptionNotSupportedOnView|181 AmbiguousIndexKeyPattern|186 ClientMetadataCannotBeMutated
197 InvalidIndexSpecificationOption|201 CannotBuildIndexKeys|224 QueryFeatureNotAllowed|225 TransactionTooOld
232 MaxSubPipelineDepthExceeded|241 ConversionFailure|251 NoSuchTransaction|256 TransactionCommitted
261 TooManyLogicalSessions|263 OperationNotSupportedInTransaction|276 IndexBuildAborted|291 NoQueryExecutionPlans
361 CollectionUUIDMismatch|391 ReauthenticationRequired|10107 NotWritablePrimary|10334 BSONObjectTooLarge
11000 DuplicateKey|11601 Interrupted|12587 BackgroundOperationInProgressForNamespace|13113 MergeStageNoMatchingDocument
13297 DatabaseDifferCase|14031 OutOfDiskSpace`

const INTERNAL_ERROR = 1
export const BAD_VALUE = 2
export const COMMAND_NOT_SUPPORTED = 115
export const DUPLICATE_KEY = 11000

const codes = CODES.trim().split(/\s+/).flatMap(range)
const names = new Map(
  NAMES.trim()
    .split(/[|\n]/)
    .map(row => {
      const [code, name = ''] = row.split(' ')
      return [Number(code), name] as const
    }),
)

/** Expands a code or a range of codes. */
function range(text: string): number[] {
  const [first = 0, last = first] = text.split('-').map(Number)
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

/** Returns MongoDB's error code for the SQLSTATE and the message of an error; 1 (InternalError) for an unknown one. */
export function codeOfState(state: string, message: string): number {
  const code = /^M[0-9A-Z]{4}$/.test(state) ? codes[Number.parseInt(state.slice(1), 36)] : POSTGRES_CODES.get(state)
  return correction(message) ?? code ?? INTERNAL_ERROR
}

function correction(message: string): number | undefined {
  return CORRECTIONS.find(([pattern]) => pattern.test(message))?.[1]
}

/** Returns MongoDB's name of an error code; `Location` and the number for a code without a name. */
export function nameOfCode(code: number): string {
  return names.get(code) ?? `Location${code}`
}

/**
 * Returns MongoDB's error code for the code and the message of an error in a reply of DocumentDB. The code may be a packed SQLSTATE:
 * five characters of six bits, the first one in the lowest bits, each minus the character code of '0'.
 */
export function unpackCode(packed: number, message: string): number {
  if (packed < 1 << 24) return correction(message) ?? packed
  const characters = [0, 6, 12, 18, 24].map(shift => String.fromCharCode(((packed >> shift) & 63) + 48))
  return codeOfState(characters.join(''), message)
}
