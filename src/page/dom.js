// Elements, without HTML in texts: what others named is always text.

/**
 * @typedef {Record<string, any>} Props class, text, on (a table of listeners),
 *   data (a table of data-*), and attributes; null and false leave one out
 */

/**
 * @param {string} tag
 * @param {Props | null} [props]
 * @param {...(Node | string | null | undefined)} children
 * @returns {any} the element
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue
    if (name === 'class') element.className = value
    else if (name === 'text') element.textContent = value
    else if (name === 'on') for (const event in value) element.addEventListener(event, value[event])
    else if (name === 'data') Object.assign(element.dataset, value)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  for (const child of children) if (child !== null && child !== undefined) element.append(child)
  return element
}

/**
 * Sets a text, and touches the document only if it differs.
 *
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/**
 * Fills an element anew, unless the signature is that of its present content; who
 * had the focus has it again, by its data-key.
 *
 * @param {HTMLElement} element
 * @param {string} signature of all that the children show
 * @param {() => (Node | string | null)[]} make
 */
export function fill(element, signature, make) {
  if (element.dataset.signature === signature) return
  const active = /** @type {HTMLElement | null} */ (document.activeElement)
  const key = active && element.contains(active) ? active.dataset.key : undefined
  element.replaceChildren(.../** @type {Node[]} */ (make().filter(child => child !== null)))
  element.dataset.signature = signature
  if (key !== undefined) {
    const again = /** @type {HTMLElement | null} */ (
      element.querySelector(`[data-key=${CSS.escape(key)}]`)
    )
    again?.focus({ preventScroll: true })
  }
}

/**
 * A row of buttons of which one is chosen.
 *
 * @param {string} label
 * @param {{id: string, text: string}[]} choices
 * @param {(id: string) => void} choose
 */
export function choice(label, choices, choose) {
  const buttons = choices.map(({ id, text }) =>
    h('button', {
      type: 'button',
      text,
      'aria-pressed': 'false',
      data: { id },
      on: { click: () => choose(id) }
    })
  )
  return {
    element: h('div', { class: 'seg', role: 'group', 'aria-label': label }, ...buttons),
    /** @param {string} id */
    show(id) {
      for (const button of buttons)
        button.setAttribute('aria-pressed', String(button.dataset.id === id))
    }
  }
}

/** @type {Map<string, Promise<void>>} by name */
const files = new Map()

/** A style sheet or a classic script of this folder, added once; what failed may be asked for again. @param {string} name */
export function load(name) {
  const url = new URL(name, import.meta.url).href
  const it =
    files.get(name) ??
    new Promise((resolve, reject) => {
      const failed = () => {
        files.delete(name)
        reject(new Error(url))
      }
      const on = { load: () => resolve(), error: failed }
      document.head.append(
        name.endsWith('.css')
          ? h('link', { rel: 'stylesheet', href: url, on })
          : h('script', { src: url, on })
      )
    })
  files.set(name, it)
  return it
}

/** @param {string} name of a custom property */
export const colourOf = name =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()
