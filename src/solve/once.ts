/** Calls `make` once for each key and hands every later caller the same promise. */
export function once<K, V>(map: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = map.get(key)
  if (known) return known
  const made = make()
  map.set(key, made)
  return made
}

/** Calls `make` for a key unless its last call still runs, and shares that promise. */
export function onceAtATime<K, V>(map: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  return once(map, key, () => make().finally(() => map.delete(key)))
}
