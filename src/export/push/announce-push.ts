import type { Reference } from '@tsbuild/oci'
import type { Repository } from '@tsbuild/registry'
import type { LayerStore } from '../../layer/layer-store.ts'

/** Other tags of a repository that are read before a push. */
const mostOthers = 2

/**
 * Announces a push to a repository. The newest tags that the store has of it are read as well: a
 * new tag replaces no image, so that only they tell which layers the registry has.
 */
export async function announcePush(
  target: Repository,
  { registry, repository, tag }: Reference,
  { images }: Pick<LayerStore, 'images'>,
): Promise<void> {
  target.beginPush(tag)
  if (tag === undefined) return
  const prefix = `${registry}/${repository}:`
  const stored = (await images.tags()).flatMap(({ reference: name }) =>
    name.startsWith(prefix) ? [name.slice(prefix.length)] : [],
  )
  for (const other of stored.filter((each) => each !== tag).slice(-mostOthers)) target.beginPush(other)
}
