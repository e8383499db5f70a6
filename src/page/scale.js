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
