// Classic and blocking, so that a dark page does not flash white first.
try {
  const theme = localStorage.getItem('gpu-theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Without storage the system's choice holds.
}
