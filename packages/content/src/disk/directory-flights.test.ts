import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { testSingleFlight } from '../testing/single-flight.case.ts'
import { DirectoryFlights } from './directory-flights.ts'

testSingleFlight('directory', async () => {
  const directory = await temporaryDirectory()
  return () => new DirectoryFlights(directory)
})
