import t from 'tap'
import { countTags, tagsOf, withoutTag, withTags } from '../../../src/dashboard/rooms/library/selection/tags.ts'
import { frequentTags } from '../../../src/dashboard/rooms/library/toolbar/frequent-tags.ts'

t.test('commas separate tags; white space and empty ones do not count', async t => {
  t.same(tagsOf(' sea, two words ,,'), ['sea', 'two words'])
  t.same(tagsOf(' , '), [])
})

t.test('tags are added once, whatever their case', async t => {
  t.same(withTags(['sea'], ['Sea', 'sun']), ['sea', 'sun'])
  t.equal(withTags(['sea'], ['SEA']), undefined, 'nothing changes')
})

t.test('a tag is removed, whatever its case', async t => {
  t.same(withoutTag(['sea', 'sun'], 'SUN'), ['sea'])
  t.equal(withoutTag(['sea'], 'sun'), undefined, 'nothing changes')
})

t.test('tags are counted over images', async t => {
  t.same(countTags([{ tags: ['sun', 'sea'] }, { tags: ['Sea'] }]), [
    ['Sea', 2],
    ['sun', 1],
  ])
})

t.test('the most frequent tags come first, a dozen at most', async t => {
  t.same(frequentTags([{ tags: ['b', 'c'] }, { tags: ['a', 'c'] }]), ['c', 'a', 'b'])
  t.equal(frequentTags([{ tags: Array.from({ length: 20 }, (_, number) => `${number}`) }]).length, 12)
})
