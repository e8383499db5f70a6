// A node's GPUs, and its last hour, as pictures.
import { colours, stepOf } from './scale.js'

/** @param {(number | null)[]} values percent @param {boolean} isDark @param {string} hollow its colour */
export const strip =
  (values, isDark, hollow) =>
  (
    /** @type {CanvasRenderingContext2D} */ g,
    /** @type {number} */ width,
    /** @type {number} */ height
  ) => {
    const w = Math.min(14, width / values.length)
    const scale = colours(isDark)
    values.forEach((value, i) => {
      if (value === null) {
        g.strokeStyle = hollow
        g.strokeRect(i * w + 0.5, 2.5, Math.max(1, w - 2), height - 5)
        return
      }
      g.fillStyle = scale[stepOf(value, 0, 100)]
      g.fillRect(i * w, 2, Math.max(1, w - 2), height - 4)
    })
  }

/** A line, with gaps where nothing was measured. @param {(number | null)[]} values percent @param {string} colour */
export const sparkline =
  (values, colour) =>
  (
    /** @type {CanvasRenderingContext2D} */ g,
    /** @type {number} */ width,
    /** @type {number} */ height
  ) => {
    const step = width / Math.max(1, values.length - 1)
    g.strokeStyle = colour
    g.lineWidth = 1.3
    g.beginPath()
    values.forEach((value, i) => {
      if (value === null) return
      const y = height - 2 - ((height - 4) * Math.min(100, value)) / 100
      if ((values[i - 1] ?? null) === null) g.moveTo(i * step - 0.5, y)
      g.lineTo(i * step, y)
    })
    g.stroke()
  }
