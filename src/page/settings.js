// Settings, and the keys. Few ask for them, so they come when somebody does.
import { h } from './dom.js'
import { select } from './form.js'
import { span } from './format.js'
import { add, language, spanText, t } from './text.js'

add({
  theme: 'Theme',
  auto: 'Auto',
  light: 'Light',
  dark: 'Dark',
  close: 'Close',
  language: '日本語',
  keys_title: 'Keys',
  key_search: 'search',
  key_move: 'move in heat map, table and chart',
  key_open: 'open, back',
  key_pause: 'pause',
  key_refresh: 'ask now',
  key_help: 'this help',
  key_single: 'Keys without Ctrl',
  on: 'on',
  off: 'off',
  refresh: 'Ask again',
  by_size: 'by size',
  timezone: 'Times',
  tz_local: 'local',
  tz_utc: 'UTC'
})

const INTERVALS = [2, 5, 10, 30, 60]
const KEYS = [
  ['Ctrl K, /', 'key_search'],
  ['← ↑ → ↓', 'key_move'],
  ['Enter, Esc', 'key_open'],
  ['p', 'key_pause'],
  ['r', 'key_refresh'],
  ['?', 'key_help']
]

/** @param {string[]} ids @param {string} [before] of their texts' keys */
const named = (ids, before = '') => ids.map(id => ({ id, text: t(before + id) }))
/** @param {number} s */
const every = s => ({ id: String(s), text: t('every', { time: spanText(span(s)) }) })

/** @param {SettingActs} act */
function selects(act) {
  const paces = [
    { id: '-1', text: t('by_size') },
    ...INTERVALS.map(every),
    { id: '0', text: t('never') }
  ]
  return {
    theme: select(t('theme'), named(['auto', 'light', 'dark']), act.setTheme),
    refresh: select(t('refresh'), paces, id => act.setRefresh(Number(id))),
    tz: select(t('timezone'), named(['local', 'utc'], 'tz_'), act.setTz),
    single: select(t('key_single'), named(['on', 'off']), id => act.setSingleKeys(id === 'on'))
  }
}

function otherLanguage() {
  const other = language === 'ja' ? 'en' : 'ja'
  // With the view that is shown then.
  const click = () => (link.href = `?lang=${other}${location.hash}`)
  const link = h('a', { href: `?lang=${other}`, lang: other, text: t('language'), on: { click } })
  return link
}

/**
 * @param {Context} ctx
 * @param {SettingActs} act
 * @returns {() => void} opens the dialog, or closes it
 */
export function settings(ctx, act) {
  const { theme, refresh, tz, single } = selects(act)
  const rows = [theme, refresh, tz, single].map(({ row }) => row)
  const keys = KEYS.flatMap(([key, what]) => [
    h('dt', null, h('kbd', { text: key })),
    h('dd', { text: t(what) })
  ])
  const dialog = h(
    'dialog',
    { 'aria-label': t('help') },
    h('div', { class: 'settings' }, ...rows),
    h('h2', { text: t('keys_title') }),
    h('dl', null, ...keys),
    h(
      'div',
      { class: 'end' },
      otherLanguage(),
      h('button', { type: 'button', text: t('close'), on: { click: () => dialog.close() } })
    )
  )
  document.body.append(dialog)
  const show = () => {
    const { params } = ctx.route
    theme.element.value = ctx.theme()
    refresh.element.value = String(params.refresh)
    if (refresh.element.selectedIndex < 0) {
      const { id, text } = every(params.refresh)
      refresh.element.append(h('option', { value: id, selected: true, text }))
    }
    tz.element.value = params.tz
    single.element.value = ctx.hasSingleKeys() ? 'on' : 'off'
    dialog.showModal()
  }
  return () => (dialog.open ? dialog.close() : show())
}
