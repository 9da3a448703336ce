/** Waiting for something, but not for ever. */

/** Whether something comes to pass in so many ms. @throws what it throws by then */
export async function within(event: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([event.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
