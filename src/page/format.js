// Numbers and times as people read them. What nobody measured is a dash, never 0.

export const NONE = '–'
let language = 'en'
/** @type {Map<string, any>} formatters, which take long to make */
const formats = new Map()

/** @param {string} name of a language, for all that follows */
export function setLanguage(name) {
  language = name
  formats.clear()
}

/** @template T @param {string} key @param {() => T} make @returns {T} */
function kept(key, make) {
  if (!formats.has(key)) formats.set(key, make())
  return formats.get(key)
}

/**
 * As English and Japanese have it; to make the first Intl.NumberFormat takes 10 ms and more.
 *
 * @param {number} value
 * @param {number} least
 * @param {number} most decimals
 */
function written(value, least, most) {
  // By its decimals, of which the binary number may be a little less; but of one that is
  // written with an exponent.
  const shifted = Number(`${Math.abs(value)}e${most}`)
  const rounded = Number.isNaN(shifted)
    ? value
    : Math.sign(value) * (Math.round(shifted) / 10 ** most)
  const [whole, all = ''] = rounded.toFixed(most).split('.')
  const ends = all.slice(0, least) + all.slice(least).replace(/0+$/, '')
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (ends && `.${ends}`)
}

/**
 * @param {number | null | undefined} value
 * @param {number} [decimals] at most
 * @returns {string}
 */
export function number(value, decimals = 0) {
  return value === null || value === undefined ? NONE : written(value, 0, decimals)
}

/** With as many decimals as all others below each other. @param {number | null | undefined} value @param {number} decimals */
export const fixed = (value, decimals) =>
  value === null || value === undefined ? NONE : written(value, decimals, decimals)

/**
 * Three digits or so, in the unit that fits.
 *
 * @param {number | null | undefined} value
 * @param {string[]} units each 'factor' times the one before
 * @param {number} factor
 * @param {number} [reference] whose unit to take, such as the total's
 * @returns {{text: string, unit: string}}
 */
export function scaled(value, units, factor, reference) {
  if (value === null || value === undefined) return { text: NONE, unit: '' }
  let rest = Math.abs(reference ?? value)
  let i = 0
  while (rest >= factor && i < units.length - 1) {
    rest /= factor
    i++
  }
  const shown = value / factor ** i
  return {
    text: number(
      shown,
      shown !== 0 && Math.abs(shown) < 100 && (i > 0 || Math.abs(shown) < 10)
        ? Math.abs(shown) < 10
          ? 2
          : 1
        : 0
    ),
    unit: units[i]
  }
}

/** @param {number | null | undefined} gib @param {number} [reference] */
export const memory = (gib, reference) => scaled(gib, ['GiB', 'TiB', 'PiB'], 1024, reference)

/**
 * One below the other in a table: as many decimals for each used as the total asks for.
 *
 * @param {number | null} used GiB
 * @param {number | null} total GiB
 * @returns {{used: string, total: string}} total: '' if nobody tells it
 */
export function memoryOf(used, total) {
  if (used === null) return { used: NONE, total: '' }
  if (total === null) return { used: together(memory(used)), total: '' }
  const { unit } = memory(total)
  const shown = used / 1024 ** ['GiB', 'TiB', 'PiB'].indexOf(unit)
  const all = total / 1024 ** ['GiB', 'TiB', 'PiB'].indexOf(unit)
  return {
    used: fixed(shown, all < 100 ? 1 : 0),
    total: `${number(all, all < 10 ? 1 : 0)}\u00a0${unit}`
  }
}
/** @param {number | null | undefined} watts @param {number} [reference] */
export const power = (watts, reference) => scaled(watts, ['W', 'kW', 'MW'], 1000, reference)

/**
 * @param {{text: string, unit: string}} amount
 * @returns {string}
 */
export const together = ({ text, unit }) => (unit ? `${text}\u00a0${unit}` : text)

/**
 * @param {number | null} joules
 * @returns {string}
 */
export function energy(joules) {
  return joules === null ? NONE : together(scaled(joules / 3600, ['Wh', 'kWh', 'MWh', 'GWh'], 1000))
}

/**
 * @param {number} seconds
 * @returns {{count: number, unit: 's' | 'min' | 'h' | 'd'}}
 */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds))
  if (s < 120) return { count: s, unit: 's' }
  if (s < 7200) return { count: Math.floor(s / 60), unit: 'min' }
  if (s < 172800) return { count: Math.floor(s / 3600), unit: 'h' }
  return { count: Math.floor(s / 86400), unit: 'd' }
}

/**
 * @param {number} ms Unix time
 * @param {string} tz local or utc
 * @param {'time' | 'minute' | 'day' | 'date'} [how]
 * @returns {string}
 */
export function time(ms, tz, how = 'time') {
  return timeFormat(tz, how).format(ms) + (tz === 'utc' && how === 'time' ? ' UTC' : '')
}

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const PARTS = {
  time: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  minute: { hour: '2-digit', minute: '2-digit' },
  day: { month: 'short', day: 'numeric' },
  date: { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' }
}

/** @param {string} tz @param {string} how */
const timeFormat = (tz, how) =>
  kept(`${tz} ${how}`, () => {
    const timeZone = tz === 'utc' ? 'UTC' : undefined
    return new Intl.DateTimeFormat(language, { ...PARTS[how], hourCycle: 'h23', timeZone })
  })

/** The first time takes longer than all others: before somebody waits. */
export const prepare = () => time(0, 'local')
