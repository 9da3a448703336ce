/** `npm run soak`: what takes too long for `npm test`. */
import { kills } from "../test/sessions/kills.ts";

const KILLS = 200;
/** What has ended so long before the end of a proxy is written, in ms. */
const WRITTEN_MS = 200;

await kills(Number(process.argv[2] ?? KILLS), WRITTEN_MS, (line) => console.log(`kill ${line}`));
