import { defineReport } from 'glance/reports'

const TENTHS = 10

export default defineReport({
  name: 'views-by-tenth',
  question: 'How unequally are views spread over the images that were viewed?',
  collection: 'events',
  since: '30d',
  columns: [
    {
      name: 'tenth',
      kind: 'text',
      about: 'the images in the order of their views, in ten groups: the first has the most viewed ones',
    },
    { name: 'images', kind: 'count', about: 'number of images' },
    { name: 'views', kind: 'count', about: 'number of views' },
    { name: 'share', kind: 'share', about: 'share of all views', drawn: true },
  ],
  pipeline: () => [
    { $match: { type: 'view' } },
    { $group: { _id: '$imageId', views: { $sum: 1 } } },
    { $sort: { views: -1, _id: 1 } },
  ],
  finish(images) {
    const viewsOf = group => group.reduce((sum, { views }) => sum + views, 0)
    const all = viewsOf(images)
    return Array.from({ length: TENTHS }, (_, i) => {
      const [from, to] = [i, i + 1].map(n => Math.ceil((n * images.length) / TENTHS))
      const group = images.slice(from, to)
      const views = viewsOf(group)
      return { tenth: `${i + 1}.`, images: group.length, views, share: all === 0 ? null : views / all }
    })
  },
})
