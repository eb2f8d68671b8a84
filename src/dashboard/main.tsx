import './styles/tokens.css'
import './styles/base.css'
import { render } from 'preact'
import { resume } from './api/session.ts'
import { App } from './app.tsx'
import { applyTheme } from './shell/theme.ts'
import { showUnhandledProblems } from './shell/unhandled.ts'

applyTheme()
showUnhandledProblems()
void resume()
const root = document.getElementById('app')
if (root) render(<App />, root)
