// Shows the worked time second by second. The database knows the time; this only counts on
// from what the server said, by the server's clock, until the server speaks again.
const skews = new Map();

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".ticker");
  const clock = host.querySelector(".time");
  const said = host.querySelector(".said");
  // The skew belongs to the moment the data came; drawing it again later must not move it.
  if (!skews.has(data.server_now)) skews.set(data.server_now, Date.now() - data.server_now);
  const skew = skews.get(data.server_now);
  const two = number => String(number).padStart(2, "0");
  const draw = () => {
    const more = data.is_paused ? 0 : Date.now() - skew - data.server_now;
    const all = Math.max(0, Math.floor(data.worked + more / 1000));
    clock.textContent = two(Math.floor(all / 3600)) + ":" + two(Math.floor((all % 3600) / 60))
      + ":" + two(all % 60);
    said.textContent = data.is_paused ? "paused" : all >= data.warn ? data.warning : "running";
    host.classList.toggle("long", all >= data.warn);
    host.classList.toggle("paused", data.is_paused);
  };
  draw();
  const handle = setInterval(draw, 250);
  return () => clearInterval(handle);
}
