/* The charts of the dashboards, drawn by ECharts from the numbers of the table behind each.
 *   <section class="panel"><div data-chart="id-of-the-json"></div> … <button data-table aria-controls="…"></button></section>
 * A bar leads where its number leads. Without this script, or without ECharts, the tables are shown.
 */
(() => {
  "use strict";

  const TONES = {
    blue: "#0b57a4", sky: "#7fb0e3", mint: "#6db486", green: "#17693a", forest: "#0c4023",
    gold: "#e3a008", violet: "#7d5ab5", grey: "#c3ccd6", red: "#c8102e", ink: "#1d2733",
  };
  const KINDS = [TONES.sky, TONES.blue, TONES.mint, TONES.green, TONES.forest];
  const FONT = { fontFamily: '"Be Vietnam Pro", system-ui, sans-serif', fontSize: 12, color: "#1d2733" };
  const GREY = "#535e69";
  const NARROW = 480; // pixels: from here down labels get less room

  const said = new Intl.NumberFormat(document.documentElement.lang || "vi", { maximumFractionDigits: 1 });

  function height(data) {
    if (data.shape === "columns") return 230 + (data.patterned ? 20 * data.series.length : 0);
    const bars = data.stacked ? 1 : data.series.filter((one) => one.drawn === "bar").length;
    return data.labels.length * (bars > 1 ? 14 * bars + 12 : 26) + 30;
  }

  function bar(data, one, lying) {
    return {
      type: "bar", name: one.name, cursor: "pointer",
      stack: data.stacked ? "all" : undefined,
      barMaxWidth: lying ? (data.stacked || data.series.length === 1 ? 16 : 11) : 44,
      barCategoryGap: lying ? "30%" : "28%",
      itemStyle: { color: one.tone === "kinds" ? (p) => KINDS[p.dataIndex] : TONES[one.tone] },
      data: one.values,
    };
  }

  function mark(one, lying, size) {
    const points = one.values.flatMap((n, at) => (n === null ? [] : [lying ? [n, at] : [at, n]]));
    return {
      type: "scatter", name: one.name, symbol: "rect", cursor: "pointer", z: 4,
      symbolSize: lying ? [4, size] : [size, 4],
      itemStyle: { color: TONES[one.tone], borderColor: "#fff", borderWidth: 1 }, // seen on a dark bar, too
      data: points,
    };
  }

  function option(data, width) {
    const lying = data.shape === "rows", narrow = width < NARROW;
    const room = lying ? Math.min(narrow ? 116 : 210, width * 0.38) : 0;
    const names = data.labels.map((label) => label.text);
    const isHead = new Set(data.labels.flatMap((label, at) => (label.heads ? [at] : [])));
    const category = {
      type: "category", data: names, inverse: lying, triggerEvent: true,
      axisTick: { show: false }, axisLine: { lineStyle: { color: "#a9b4bf" } },
      axisLabel: lying
        ? {
            ...FONT, lineHeight: 13, interval: 0, align: "left", margin: room + 6,
            formatter: (text, at) => (isHead.has(at) ? `{head|${cut(text, width - 60)}}` : broken(text, room)),
            rich: { head: { ...FONT, fontWeight: 600, color: GREY } },
          }
        : { ...FONT, interval: 0 },
    };
    const value = {
      type: "value", minInterval: 1, splitNumber: narrow ? 3 : 5,
      splitLine: { lineStyle: { color: "#e6eaee" } },
      axisLabel: { ...FONT, fontSize: 11, color: GREY, formatter: (n) => said.format(n) + (data.unit ? ` ${data.unit}` : "") },
    };
    if (data.unit === "%") value.max = 100;
    const ends = {
      type: "category", data: data.ends, inverse: lying, position: "right",
      axisTick: { show: false }, axisLine: { show: false },
      axisLabel: { ...FONT, interval: 0, align: "right", margin: narrow ? 46 : 56 },
    };
    const series = data.series.map((one) =>
      one.drawn === "mark" ? mark(one, lying, one.tone === "red" ? (lying ? 26 : 48) : 14) : bar(data, one, lying));
    if (!lying && data.ends.length) {
      series.push({
        type: "bar", stack: "all", silent: true, data: data.labels.map(() => 0), tooltip: { show: false },
        label: { show: true, position: "top", ...FONT, formatter: (p) => data.ends[p.dataIndex] },
      });
    }
    const below = data.patterned ? 20 * data.series.length + 6 : 0;
    return {
      animation: false,
      textStyle: FONT,
      aria: { enabled: true, label: { description: data.about }, decal: { show: data.patterned } },
      grid: {
        left: lying ? room + 10 : 6, right: lying && data.ends.length ? (narrow ? 48 : 60) : 12,
        top: lying ? 4 : 22, bottom: (lying ? 24 : 8) + below,
        ...(lying ? { outerBoundsMode: "none" } : { containLabel: true }),
      },
      legend: data.patterned
        ? {
            bottom: 0, left: 0, orient: "vertical", itemGap: 6, itemHeight: 12, itemWidth: 18, selectedMode: false,
            textStyle: { ...FONT, width: width - 40, overflow: "truncate" },
            data: data.series.map((one) => one.name),
          }
        : undefined,
      tooltip: {
        renderMode: "richText", trigger: "axis", confine: true, axisPointer: { type: "shadow" },
        borderColor: "#a9b4bf", padding: [6, 10], textStyle: FONT,
        formatter: (points) => told(data, points[0]?.dataIndex ?? 0),
      },
      xAxis: lying ? value : category,
      yAxis: lying ? (data.ends.length ? [category, ends] : category) : value,
      series,
    };
  }

  const pen = document.createElement("canvas").getContext("2d");
  /** A label shortened to the pixels it has. */
  function cut(text, room) {
    pen.font = `${FONT.fontSize}px ${FONT.fontFamily}`;
    if (pen.measureText(text).width <= room) return text;
    let letters = text.length;
    while (letters > 1 && pen.measureText(`${text.slice(0, letters)}…`).width > room) letters -= 1;
    return `${text.slice(0, letters).trimEnd()}…`;
  }

  /** A label on two lines where one is too short for it. */
  function broken(text, room) {
    if (cut(text, room) === text) return text;
    const words = text.split(" ");
    let first = words.shift();
    while (words.length > 1 && cut(`${first} ${words[0]}`, room) === `${first} ${words[0]}`) first += ` ${words.shift()}`;
    return `${cut(first, room)}\n${cut(words.join(" "), room)}`;
  }

  /** The numbers of one label, line by line. */
  function told(data, at) {
    const label = data.labels[at];
    if (label.heads) return label.text;
    const lines = data.series
      .filter((one) => one.values[at] !== null)
      .map((one) => `${one.name}: ${said.format(one.values[at])}${data.unit ? ` ${data.unit}` : ""}`);
    return [label.text, ...lines].join("\n");
  }

  function follow(data, event) {
    let url = "";
    if (event.componentType === "series") {
      const one = data.series[event.seriesIndex];
      const at = one?.drawn === "mark" ? event.value[data.shape === "rows" ? 1 : 0] : event.dataIndex;
      url = one?.urls[at] || data.labels[at]?.url;
    } else if (event.componentType?.endsWith("Axis")) {
      url = data.labels.find((label) => label.text === event.value)?.url;
    }
    if (url) location.assign(url);
  }

  function draw(area) {
    const data = JSON.parse(document.getElementById(area.dataset.chart).textContent);
    area.style[data.shape === "columns" ? "minHeight" : "height"] = `${height(data)}px`; // columns may grow with their panel
    const chart = window.echarts.init(area, null, { renderer: "svg" });
    let width = 0, tall = 0;
    const lay = () => {
      if (!area.clientWidth || (area.clientWidth === width && area.clientHeight === tall)) return;
      width = area.clientWidth;
      tall = area.clientHeight;
      chart.resize();
      chart.setOption(option(data, width), true);
    };
    lay();
    chart.on("click", (event) => follow(data, event));
    new ResizeObserver(lay).observe(area);
  }

  function fold(button, open) {
    button.setAttribute("aria-expanded", String(open));
    button.closest(".panel").classList.toggle("is-open", open);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-table]");
    if (button) fold(button, button.getAttribute("aria-expanded") !== "true");
  });

  function setUp(root) {
    for (const area of root.querySelectorAll("[data-chart]:not(.is-drawn)")) {
      area.classList.add("is-drawn");
      try {
        draw(area);
      } catch {
        area.closest(".panel").classList.add("is-plain"); // the table says it all
      }
    }
  }

  setUp(document);
  document.addEventListener("htmx:afterSettle", () => setUp(document)); // panels fetched later
})();
