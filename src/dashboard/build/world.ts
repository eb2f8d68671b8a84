import { createRequire } from 'node:module'
import { geoNaturalEarth1, geoPath } from 'd3-geo'
import type { Feature, FeatureCollection, Geometry } from 'geojson'
import countries from 'i18n-iso-countries'
import { feature } from 'topojson-client'
import type { Plugin } from 'vite'

const NAME = 'virtual:world'
const RESOLVED = `\0${NAME}`
const WIDTH = 960
/** The service counts Kosovo as XK; the atlas has no numbers for these. */
const CODES_BY_NAME: Record<string, string> = { Kosovo: 'XK', 'N. Cyprus': 'CY', Somaliland: 'SO' }
/** Nobody sends events from there, and it is large. */
const LEFT_OUT = 'AQ'

/** The map of the world: countries by their codes of ISO 3166-1, in a box from 0 to its size. */
export interface World {
  width: number
  height: number
  /** Outlines, as the attribute `d` of a path. */
  outlines: Record<string, string>
  /** Where countries are that are too small for an outline. */
  spots: Record<string, [x: number, y: number]>
}

type Country = Feature<Geometry, { name: string }>

/** Lets the page import the map of the world as `virtual:world`. It is computed when the page is built. */
export function world(): Plugin {
  return {
    name: 'world',
    resolveId: id => (id === NAME ? RESOLVED : undefined),
    load: id => (id === RESOLVED ? `export default ${JSON.stringify(drawWorld())}` : undefined),
  }
}

/** Draws the map of the world. */
export function drawWorld(): World {
  const coarse = countriesOf('110m')
  const land: FeatureCollection = { type: 'FeatureCollection', features: coarse }
  const projection = geoNaturalEarth1().fitWidth(WIDTH, land)
  const path = geoPath(projection).digits(0)
  const [, [, height]] = path.bounds(land)
  const outlines: Record<string, string> = {}
  for (const country of coarse) {
    const code = codeOf(country)
    if (code) outlines[code] = (outlines[code] ?? '') + compact(path(country) ?? '')
  }
  const spots = countriesOf('50m').flatMap(country => {
    const code = codeOf(country)
    const [x, y] = path.centroid(country)
    return code && !(code in outlines) ? [[code, [Math.round(x), Math.round(y)]]] : []
  })
  return { width: WIDTH, height: Math.ceil(height), outlines, spots: Object.fromEntries(spots) }
}

function countriesOf(scale: '110m' | '50m'): Country[] {
  const atlas = createRequire(import.meta.url)(`world-atlas/countries-${scale}.json`)
  const { features } = feature(atlas, atlas.objects.countries) as unknown as FeatureCollection<
    Geometry,
    { name: string }
  >
  return features.filter(country => codeOf(country) !== LEFT_OUT)
}

function codeOf({ id, properties: { name } }: Country): string | undefined {
  return id === undefined ? CODES_BY_NAME[name] : countries.numericToAlpha2(id)
}

/** Leaves out the points of an outline that are the same as the one before, and rings without an area. */
function compact(outline: string): string {
  return outline
    .split('Z')
    .map(ring => ring.slice(1).split('L'))
    .map(points => points.filter((point, index) => point !== points[index - 1]))
    .filter(points => new Set(points).size > 2)
    .map(points => `M${points.join('L')}Z`)
    .join('')
}
