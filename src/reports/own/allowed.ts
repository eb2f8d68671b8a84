/** Operators of expressions, accumulators and windows that pipelines of own reports may use. None runs code, reads a collection or writes. */
export const EXPRESSIONS: ReadonlySet<string> = names(`
  $abs $add $addToSet $allElementsTrue $and $anyElementTrue $arrayElemAt $arrayToObject $avg $binarySize $bottom $bottomN $bsonSize $ceil $cmp
  $concat $concatArrays $cond $convert $count $covariancePop $covarianceSamp $dateAdd $dateDiff $dateFromParts $dateFromString $dateSubtract
  $dateToParts $dateToString $dateTrunc $dayOfMonth $dayOfWeek $dayOfYear $denseRank $derivative $divide $documentNumber $eq $exp
  $expMovingAvg $filter $first $firstN $floor $getField $gt $gte $hour $ifNull $in $indexOfArray $indexOfCP $integral $isArray $isNumber
  $isoDayOfWeek $isoWeek $isoWeekYear $last $lastN $let $linearFill $ln $locf $log $log10 $lt $lte $ltrim $map $max $maxN $median
  $mergeObjects $millisecond $min $minN $minute $mod $month $multiply $ne $not $objectToArray $or $percentile $pow $push $range $rank $reduce
  $regexFind $regexFindAll $regexMatch $replaceAll $replaceOne $reverseArray $round $rtrim $second $setDifference $setEquals $setField
  $setIntersection $setIsSubset $setUnion $shift $size $slice $sortArray $split $sqrt $stdDevPop $stdDevSamp $strLenCP $strcasecmp
  $substrCP $subtract $sum $switch $toBool $toDate $toDouble $toInt $toLong $toLower $toString $toUpper $top $topN $trim $trunc $type
  $unsetField $week $year $zip`)

/** Operators of conditions on a field. */
export const CONDITIONS: ReadonlySet<string> = names(`
  $all $elemMatch $eq $exists $gt $gte $in $lt $lte $mod $ne $nin $not $options $regex $size $type`)

/** Variables that are always there. Those of a pipeline's own begin with a small letter. */
export const VARIABLES: ReadonlySet<string> = names('CURRENT NOW REMOVE ROOT')

/** Stages whose body is made of expressions. */
export const STAGES_OF_EXPRESSIONS: ReadonlySet<string> = names(`
  $addFields $bucket $bucketAuto $count $densify $fill $group $project $replaceRoot $replaceWith $set $setWindowFields $sort $sortByCount
  $unset $unwind`)

/** Stages that pipelines of own reports may use. */
export const STAGES: ReadonlySet<string> = new Set([
  ...STAGES_OF_EXPRESSIONS,
  ...names('$facet $limit $lookup $match $skip $unionWith'),
])

function names(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/))
}
