import { LayerStore } from '../../layer/layer-store.ts'
import { openAgentProvider } from '../client/agent-provider.ts'
import { baseDiff, implyingLayers, rungOf, runIn } from './rootfs.ts'

// A program for tests to run as another user or to kill: runs a script in a rootfs and prints what
// came of it as JSON. Arguments: store, rung, strategy, script.

const [path = '', name, strategy, script = 'true'] = process.argv.slice(2)
const store = await LayerStore.open(path)
await using provider = await openAgentProvider(store, rungOf(name), {
  strategy: strategy === 'clone' ? 'clone' : 'overlay',
})
const { layer, ...ran } = await runIn(
  provider,
  [store.fromDiff(baseDiff(), { type: 'none' }), ...implyingLayers(store)],
  {
    script,
    epoch: 0,
  },
)
console.log(JSON.stringify({ ...ran, diffId: await layer?.diffId() }))
