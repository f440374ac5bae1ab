import { utimes } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { LayerStore } from '../../layer/layer-store.ts'
import { boundStore } from './bound-store.ts'

// The process of `collectLater`: arguments are the root of the store and its bounds as JSON.
setPriority(constants.priority.PRIORITY_LOW)
const [, , root = '', bounds = '{}'] = process.argv
const store = await LayerStore.open(root)
await boundStore(store, JSON.parse(bounds))
const now = new Date()
await utimes(store.paths.collected, now, now)
