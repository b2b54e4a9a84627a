// Lets a tab leave by itself when its sign-in ends, and warns a minute before.
// Asking does not extend the sign-in; only the button does.
(function () {
  "use strict";
  var EVERY_MS = 5000, WARN_SECONDS = 60, banner = null;

  function leave() {
    var root = document.getElementById("root");
    if (root) { root.remove(); }
    var here = location.pathname + location.search;
    location.replace("/sign-in?why=ended&next=" + encodeURIComponent(here));
  }

  function stay() {
    fetch("/session", { method: "POST", cache: "no-store" }).then(judge, function () {});
  }

  function warn(seconds) {
    if (seconds > WARN_SECONDS) {
      if (banner) { banner.remove(); banner = null; }
      return;
    }
    if (!banner) {
      banner = document.createElement("div");
      banner.setAttribute("role", "alert");
      banner.style.cssText = "position:fixed;left:50%;bottom:1.5rem;transform:translateX(-50%);" +
        "z-index:2147483647;background:#17212b;color:#fff;padding:.8rem 1rem;border-radius:10px;" +
        "font:15px system-ui,sans-serif;display:flex;gap:1rem;align-items:center";
      banner.appendChild(document.createElement("span"));
      var button = document.createElement("button");
      button.textContent = "Stay signed in";
      button.style.cssText = "font:inherit;font-weight:600;padding:.4rem .8rem;border:0;" +
        "border-radius:8px;background:#fff;color:#17212b;cursor:pointer";
      button.addEventListener("click", stay);
      banner.appendChild(button);
      document.body.appendChild(banner);
    }
    banner.firstChild.textContent = "No activity: you will be signed out in " + seconds + " s.";
  }

  function judge(answer) {
    if (answer.status === 401) { leave(); return; }
    if (answer.ok) { answer.json().then(function (said) { warn(said.seconds); }); }
  }

  // A download link works once; after its use the page fetches the next one.
  function renew(event) {
    var link = event.target.closest && event.target.closest('a[href^="/download/"]');
    if (!link) { return; }
    var used = link.getAttribute("href").split("/").pop();
    setTimeout(function () {
      fetch("/download-again/" + used, { method: "POST", cache: "no-store" }).then(function (answer) {
        return answer.ok ? answer.json() : null;
      }).then(function (said) {
        if (said) { link.setAttribute("href", "/download/" + said.token); }
      }, function () {});
    }, 800);
  }

  function ask() {
    fetch("/session", { cache: "no-store" }).then(judge, function () {});
  }

  document.addEventListener("click", renew, true);
  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { ask(); } });
})();
