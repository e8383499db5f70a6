// Colours of values, and where a chart's lines are. Two anchors in OKLab for each
// theme, between which lightness goes one way only.

export const STEPS = 32
// lightness, a, b: less and more. On dark ground more is lighter.
const LIGHT = [
  [0.885, -0.008, -0.032],
  [0.36, -0.012, -0.105]
]
const DARK = [
  [0.33, -0.008, -0.045],
  [0.9, -0.01, 0.135]
]

/** @param {number} x linear */
const gamma = x => {
  const y = x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055
  return Math.round(255 * Math.min(1, Math.max(0, y)))
}

/**
 * @param {number[]} lab lightness 0 to 1, a, b
 * @returns {[number, number, number]} sRGB, 0 to 255
 */
export function rgbOf([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)
  ]
}

/** @param {number[][]} ends */
function between([from, to]) {
  return Array.from({ length: STEPS }, (_, i) => {
    const part = i / (STEPS - 1)
    return `rgb(${rgbOf(from.map((x, k) => x + (to[k] - x) * part)).join()})`
  })
}
const ALL = { light: between(LIGHT), dark: between(DARK) }

/** @param {boolean} isDark @returns {string[]} STEPS colours, from little to much */
export const colours = isDark => ALL[isDark ? 'dark' : 'light']

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 * @returns {number} 0 to STEPS - 1
 */
export function stepOf(value, least, most) {
  const part = most > least ? (value - least) / (most - least) : 0
  return Math.min(STEPS - 1, Math.max(0, Math.floor(part * STEPS)))
}

/**
 * @param {number} value
 * @returns {number} 1, 2 or 5 times a power of ten, not less than the value
 */
export function niceAbove(value) {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  for (const factor of [1, 2, 2.5, 5, 10])
    if (factor * power >= value * 0.999999) return factor * power
  return 10 * power
}

const DAY_MIN = 1440
const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].concat(
  [1, 2, 7, 14, 28, 91, 364].map(days => days * DAY_MIN)
)

/**
 * Round times for the labels of an axis.
 *
 * @param {number} from_ms
 * @param {number} to_ms
 * @param {number} most as many fit
 * @param {boolean} isUtc else as clocks here have it
 * @returns {{ms: number, isDay: boolean}[]} isDay: a day begins then
 */
export function timeTicks(from_ms, to_ms, most, isUtc) {
  const length_min = (to_ms - from_ms) / 60000
  const step = STEPS_MIN.find(min => length_min / min <= most) ?? DAY_MIN * 3640
  const first = new Date(from_ms)
  const day = isUtc
    ? [first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate()]
    : [first.getFullYear(), first.getMonth(), first.getDate()]
  // By clocks and calendar, since a day may have 23 hours.
  const at = (/** @type {number} */ min) =>
    isUtc
      ? Date.UTC(day[0], day[1], day[2], 0, min)
      : new Date(day[0], day[1], day[2], 0, min).getTime()
  const daysBefore = Math.round(Date.UTC(day[0], day[1], day[2]) / 86400000)
  // Days stay what they are while time goes on.
  const begin = step > DAY_MIN ? -(daysBefore % (step / DAY_MIN)) * DAY_MIN : 0
  const ticks = []
  for (let min = begin; at(min) <= to_ms; min += step)
    if (at(min) >= from_ms) ticks.push({ ms: at(min), isDay: min % DAY_MIN === 0 })
  return ticks
}
