/** `npm run soak`: what takes too long for `npm test`. */
import { kills } from "../test/sessions/kills.ts";

const KILLS = 200;

await kills(Number(process.argv[2] ?? KILLS), (line) => console.log(`kill ${line}`));
