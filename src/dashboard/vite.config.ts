import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { world } from './build/world.ts'

/** Where `npm run dev` finds the API. */
const SERVICE = 'http://127.0.0.1:3000'

/** Browsers that have `light-dark()` and `oklch()`: both of them are left as they are written. */
const BROWSERS = ['chrome123', 'firefox128', 'safari17.5']

/** How the dashboard is built into dist/dashboard, and served with hot reload beside a running service. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/dashboard/',
  plugins: [world()],
  // Preact only: without a plugin, JSX is compiled by Vite itself.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../../dist/dashboard', import.meta.url)),
    emptyOutDir: true,
    target: BROWSERS,
    // The policy of the page allows no scripts and fonts in data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': SERVICE, '/openapi.json': SERVICE, '/docs': SERVICE } },
})
