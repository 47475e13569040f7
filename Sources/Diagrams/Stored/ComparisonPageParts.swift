/// The style and the script of the page that compares diagrams.
enum ComparisonPageParts {
  static let style = """
    :root { color-scheme: light dark; --ink: #202124; --quiet: #5f6368; --line: #dadce0; --page: #f8f9fa; --card: #fff; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e8eaed; --quiet: #9aa0a6; --line: #3c4043; --page: #14161a; --card: #1d2025; }
    }
    * { box-sizing: border-box; }
    body { margin: 0; font: 16px/1.5 Helvetica, Arial, sans-serif; color: var(--ink); background: var(--page); }
    header, main { max-width: 1200px; margin: 0 auto; padding: 0 24px; }
    header { padding-top: 24px; }
    h1 { font-size: 24px; margin: 0; }
    h2 { font-size: 18px; margin: 0; overflow-wrap: anywhere; }
    header p { margin: 4px 0; }
    .formula, .keys, figcaption { color: var(--quiet); font-size: 14px; }
    .formula { margin: 0; }
    .legend span { margin-right: 12px; }
    .cause, .follows { padding: 1px 8px; border-radius: 5px; font-size: 14px; }
    .cause { border: 2px solid #b45309; background: rgb(245 158 11 / .3); }
    .follows { border: 1px dashed #1a56c4; background: rgb(59 130 246 / .12); }
    kbd { font: 12px/1 monospace; border: 1px solid var(--line); border-radius: 4px; padding: 1px 5px; }
    section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 16px 20px; margin: 16px 0; }
    section:focus { outline: 2px solid #1a56c4; outline-offset: 2px; }
    ul { margin: 8px 0; padding-left: 20px; }
    li { overflow-wrap: anywhere; }
    fieldset { border: 0; padding: 0; margin: 12px 0; display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; }
    legend { float: left; margin-right: 16px; color: var(--quiet); }
    .slider { visibility: hidden; display: flex; align-items: center; gap: 8px; }
    .slider.shown { visibility: visible; }
    .slider input { width: 200px; }
    .pair { overflow-x: auto; }
    figure { margin: 0; }
    img { display: block; background: #fff; }
    .side { display: flex; flex-wrap: wrap; gap: 16px; }
    .side figure { max-width: 100%; }
    .side img { max-width: 100%; border: 1px solid var(--line); }
    .swipe, .overlay { display: grid; justify-content: start; }
    .swipe figure, .overlay figure { grid-area: 1 / 1; }
    .swipe figcaption, .overlay figcaption { visibility: hidden; }
    .swipe .present { clip-path: inset(0 calc(100% - var(--share, 50%)) 0 0); }
    .swipe::after { content: ""; grid-area: 1 / 1; justify-self: start; margin-left: var(--share, 50%); \
    border-left: 2px solid #b45309; }
    .overlay .present { opacity: var(--share, 50%); }
    @media print { fieldset, .keys { display: none; } }
    """

  static let script = """
    const sections = [...document.querySelectorAll("section")];
    let current = -1;
    function show(section, mode) {
      const pair = section.querySelector(".pair");
      if (!pair) return;
      pair.className = "pair " + mode;
      section.querySelector(".slider").classList.toggle("shown", mode !== "side");
      section.querySelector(`input[value=${mode}]`).checked = true;
    }
    function slide(section, share) {
      const slider = section.querySelector("input[type=range]");
      if (!slider) return;
      slider.value = share;
      section.querySelector(".pair").style.setProperty("--share", slider.value + "%");
    }
    sections.forEach((section, number) => {
      section.addEventListener("focusin", () => { current = number; });
      section.addEventListener("change", event => {
        if (event.target.type === "radio") show(section, event.target.value);
      });
      section.addEventListener("input", event => {
        if (event.target.type === "range") slide(section, event.target.value);
      });
      slide(section, 50);
    });
    document.addEventListener("keydown", event => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
      const steps = { j: 1, k: -1 }, modes = { 1: "side", 2: "swipe", 3: "overlay" };
      const shares = { ArrowLeft: -10, ArrowRight: 10 };
      if (event.key in steps) {
        current = Math.min(Math.max(current + steps[event.key], 0), sections.length - 1);
        sections[current].focus();
        sections[current].scrollIntoView({ block: "start" });
      }
      const section = sections[Math.max(current, 0)];
      if (!section) return;
      if (event.key in modes) show(section, modes[event.key]);
      const slider = section.querySelector("input[type=range]");
      if (event.key in shares && slider && section.querySelector(".slider.shown")) {
        slide(section, Number(slider.value) + shares[event.key]);
        event.preventDefault();
      }
    });
    """
}
