// Tells `onNews` whenever the kiosk's screens have changed; gives its stream back with the page.
export function follow(onNews) {
  let source = null;
  const open = () => {
    source = new EventSource("/live");
    source.onmessage = (event) => onNews(Number(event.data));
    // A refused stream is not retried by the browser; a broken one is.
    source.onerror = () => {
      if (source && source.readyState === EventSource.CLOSED) setTimeout(reopen, 1000);
    };
  };
  const close = () => {
    if (source) source.close();
    source = null;
  };
  const reopen = () => {
    close();
    open();
  };
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) reopen(); });
  open();
}
