// Small pictures beside numbers.
import { h } from './dom.js'
import { STEPS, colours, stepOf } from './scale.js'

/**
 * @param {number} height
 * @param {number} [width] without it, it is as wide as its container
 */
export function picture(height, width) {
  const canvas = h('canvas', { 'aria-hidden': 'true', class: 'picture' })
  canvas.style.height = `${height}px`
  if (width) canvas.style.width = `${width}px`
  return {
    element: canvas,
    /** @param {(g: CanvasRenderingContext2D, width: number, height: number) => void} draw @param {number} [w] its container's, where that has none of its own */
    show(draw, w = width ?? 0) {
      const ratio = Math.min(2, devicePixelRatio || 1)
      if (w === 0) return
      canvas.width = Math.round(w * ratio)
      canvas.height = Math.round(height * ratio)
      const g = canvas.getContext('2d')
      g.setTransform(ratio, 0, 0, ratio, 0, 0)
      draw(g, w, height)
    }
  }
}

/** @param {number[]} bins @param {boolean} isDark */
export const histogram =
  (bins, isDark) =>
  (
    /** @type {CanvasRenderingContext2D} */ g,
    /** @type {number} */ width,
    /** @type {number} */ height
  ) => {
    const most = Math.max(1, ...bins)
    const w = width / bins.length
    const scale = colours(isDark)
    bins.forEach((count, i) => {
      if (count === 0) return
      const bar = Math.max(1, (count / most) * height)
      g.fillStyle = scale[stepOf(i + 0.5, 0, bins.length)]
      g.fillRect(i * w, height - bar, w - 2, bar)
    })
  }

/** The scale itself. @param {boolean} isDark */
export const legend =
  isDark =>
  (
    /** @type {CanvasRenderingContext2D} */ g,
    /** @type {number} */ width,
    /** @type {number} */ height
  ) => {
    colours(isDark).forEach((colour, i) => {
      g.fillStyle = colour
      g.fillRect((i * width) / STEPS, 0, width / STEPS + 1, height)
    })
  }
