// In which order rows are.

/**
 * Rows in the order of others that were before; who is new comes last.
 *
 * @param {any[]} before
 * @param {any[]} rows
 * @param {(row: any) => string} keyOf
 * @returns {any[]}
 */
export function inOrderOf(before, rows, keyOf) {
  const places = new Map(before.map((row, i) => [keyOf(row), i]))
  const placed = rows.map(row => ({ row, place: places.get(keyOf(row)) ?? before.length }))
  return placed.sort((a, b) => a.place - b.place).map(({ row }) => row)
}

/**
 * @param {any[]} rows
 * @param {Column | undefined} column
 * @param {boolean} isDown
 * @returns {any[]} null last either way; ties stay as they were
 */
export function sorted(rows, column, isDown) {
  if (!column?.value) return rows
  const keys = rows.map(column.value)
  const ranks = ranksOf(keys)
  const sign = isDown ? -1 : 1
  const keyed = rows.map((row, i) => {
    const rank = ranks.get(keys[i])
    return { row, i, rank: rank === undefined ? Infinity : sign * rank }
  })
  keyed.sort((a, b) => (a.rank === b.rank ? a.i - b.i : a.rank - b.rank))
  return keyed.map(({ row }) => row)
}

/** Which of the keys comes where; null has no place. Texts, which take long to compare, are compared once for each that there is. @param {any[]} keys */
function ranksOf(keys) {
  const distinct = [...new Set(keys)].filter(key => key !== null)
  distinct.sort((a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : compare(String(a), String(b))
  )
  return new Map(distinct.map((key, rank) => [key, rank]))
}
const compare = new Intl.Collator('en', { numeric: true }).compare
