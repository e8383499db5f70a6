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
  const value = column.value
  const keyed = rows.map((row, i) => ({ row, key: value(row), i }))
  const sign = isDown ? -1 : 1
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null)
      return a.key === b.key ? a.i - b.i : a.key === null ? 1 : -1
    const order =
      typeof a.key === 'number' && typeof b.key === 'number'
        ? a.key - b.key
        : compare(String(a.key), String(b.key))
    return order === 0 ? a.i - b.i : sign * order
  })
  return keyed.map(({ row }) => row)
}
const compare = new Intl.Collator('en', { numeric: true }).compare
