// Asking again and again, one question at a time, slower while nobody looks.

const HIDDEN_MS = 15_000;

// ask: resolves to whether to go on. Returns what stops it.
export function poll(ask, pause) {
  let timer, isStopped = false;
  const next = () => { timer = setTimeout(turn, document.hidden ? HIDDEN_MS : pause); };
  const turn = async () => {
    const goesOn = await ask();
    if (goesOn && !isStopped) next();
  };
  const wake = () => {
    if (document.hidden || isStopped || timer === undefined) return;
    clearTimeout(timer);
    next();
  };
  document.addEventListener("visibilitychange", wake);
  next();
  return () => {
    isStopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", wake);
  };
}
