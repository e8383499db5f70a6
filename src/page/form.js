// Fields that somebody fills in, each with its label.
import { h } from './dom.js'

/** @param {string} label @param {{id: string, text: string}[]} options @param {(id: string) => void} choose */
export function select(label, options, choose) {
  const element = h(
    'select',
    { on: { change: () => choose(element.value) } },
    ...options.map(({ id, text }) => h('option', { value: id, text }))
  )
  return { element, row: h('label', { class: 'setting' }, h('span', { text: label }), element) }
}

/** What is none of these numbers is told by the browser. @param {string} label @param {number} least @param {number} most @param {(value: number) => void} choose */
export function wholeNumber(label, least, most, choose) {
  const element = h('input', {
    ...{ type: 'number', required: true, min: least, max: most },
    on: { change: () => element.reportValidity() && choose(element.valueAsNumber) }
  })
  return { element, row: h('label', { class: 'setting' }, h('span', { text: label }), element) }
}
