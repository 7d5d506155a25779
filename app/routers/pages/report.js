/* Draws the report's charts from the figures that stand in the page. Nothing is fetched. */
"use strict";
(() => {
  const report = JSON.parse(document.getElementById("report").textContent);
  const packs = Object.fromEntries(report.packs.map((pack) => [pack.kind, pack]));
  const COLOURS = { wishes: "#c2417c", breakfast: "#c8782a", couplets: "#a3161b", health: "#2f7d6b", gift_boxes: "#6a4fa3" };
  const SHADES = ["#a3161b", "#c8963e", "#2f7d6b", "#2b4c7e", "#6a4fa3"];
  const INK = "#2b2320", SOFT = "#6d625a", LINE = "#e4d9ca";
  const MOST_LINES = 10;
  const FONT = { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13, color: INK };

  const figureOf = (pack, name) => pack.figures.find((figure) => figure.name === name);
  const shortTitle = (pack) => pack.title.zh.split(/[·「]/)[0];
  const shown = (figure, value) => figure.unit.en === "fen" ? value / 100 : value;
  const unit = (figure) => figure.unit.en === "fen" ? "元" : figure.unit.zh;
  const grouped = (value) => value.toLocaleString("en-US");
  // What is told of a pack over time and place: the funnel without the pages, which are many more.
  const told = (pack) => pack.funnel.map((step) => figureOf(pack, step.name))
    .filter((figure) => !figure.name.endsWith(".page_views"));

  const base = (more) => ({
    animation: false,
    textStyle: FONT,
    color: SHADES,
    grid: { left: 8, right: 48, top: 40, bottom: 8, containLabel: true },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, confine: true },
    legend: { top: 4, textStyle: FONT, itemGap: 16 },
    ...more,
  });
  const values = (more) => ({ type: "value", min: 0, minInterval: 1, axisLabel: { color: SOFT, hideOverlap: true, formatter: axisNumber }, splitLine: { lineStyle: { color: LINE } }, ...more });
  const names = (data, more) => ({ type: "category", data, axisTick: { show: false }, axisLabel: { color: INK, fontSize: 13 }, axisLine: { lineStyle: { color: SOFT } }, ...more });
  const axisNumber = (value) => value >= 10000 ? `${value / 10000}万` : grouped(value);
  const label = (position) => ({ show: true, position, color: INK, formatter: (item) => item.value ? grouped(item.value) : "" });

  // Sideways bars are listed from the bottom; people read from the top.
  const sideways = (rows, colour) => base({
    legend: undefined,
    grid: { left: 8, right: 70, top: 8, bottom: 8, containLabel: true },
    xAxis: values(),
    yAxis: names(rows.map((row) => row.name), { inverse: true }),
    series: [{ type: "bar", barMaxWidth: 26, barMinHeight: 3, itemStyle: { color: colour }, label: label("right"), data: rows.map((row) => row.value) }],
  });

  const everyDay = (figures) => {
    const days = figures.flatMap((figure) => figure.days.map((each) => each.day)).sort();
    const found = [];
    for (let at = Date.parse(days[0]); at <= Date.parse(days.at(-1)) && found.length < 400; at += 86400000) {
      found.push(new Date(at).toISOString().slice(0, 10));
    }
    return found;
  };

  const CHARTS = {
    participants: () => {
      const rows = report.packs.map((pack) => ({ name: shortTitle(pack), value: figureOf(pack, `${pack.kind}.participants`)?.value, colour: COLOURS[pack.kind] })).filter((row) => row.value);
      const option = sideways(rows, INK);
      option.series[0].data = rows.map((row) => ({ value: row.value, itemStyle: { color: row.colour } }));
      return rows.length ? option : null;
    },
    "by-district": () => {
      const counted = report.packs.map((pack) => [pack, figureOf(pack, `${pack.kind}.participants`)]).filter(([, figure]) => figure?.value);
      if (!counted.length) return null;
      return base({
        color: counted.map(([pack]) => COLOURS[pack.kind]),
        xAxis: names(counted[0][1].districts.map((each) => each.words.zh), { axisLabel: { color: INK, fontSize: 12, interval: 0, rotate: 35 } }),
        yAxis: values(),
        series: counted.map(([pack, figure]) => ({ name: shortTitle(pack), type: "bar", stack: "all", barMaxWidth: 36, data: figure.districts.map((each) => each.value) })),
      });
    },
    funnel: (pack) => {
      const rows = pack.funnel.filter((step) => step.value !== null).map((step) => ({ name: `${step.words.zh}（${unit(figureOf(pack, step.name))}）`, value: step.value }));
      return rows.some((row) => row.value) ? sideways(rows, COLOURS[pack.kind]) : null;
    },
    days: (pack) => {
      const figures = told(pack).filter((figure) => figure.days.length);
      if (!figures.length) return null;
      const days = everyDay(figures);
      const at = (figure, day) => shown(figure, figure.days.find((each) => each.day === day)?.value ?? 0);
      return base({
        xAxis: names(days.map((day) => day.slice(5).replace("-", "/")), { axisLabel: { color: INK, fontSize: 12 } }),
        yAxis: values(),
        series: figures.map((figure) => ({ name: figure.words.zh, type: days.length > 2 ? "line" : "bar", barMaxWidth: 36, symbolSize: 6, lineStyle: { width: 2.5 }, data: days.map((day) => at(figure, day)) })),
      });
    },
    hours: (pack) => {
      const figures = told(pack).filter((figure) => figure.hours.length);
      if (!figures.length) return null;
      return base({
        xAxis: names([...Array(24).keys()].map((hour) => `${hour}时`), { axisLabel: { color: INK, fontSize: 12 } }),
        yAxis: values(),
        series: figures.map((figure) => ({ name: figure.words.zh, type: "bar", barMaxWidth: 14, data: [...Array(24).keys()].map((hour) => figure.hours.find((each) => each.hour === hour)?.value ?? 0) })),
      });
    },
    districts: (pack) => {
      const figures = told(pack).filter((figure) => figure.districts.some((each) => each.value));
      if (!figures.length) return null;
      return base({
        xAxis: values(),
        yAxis: names(figures[0].districts.map((each) => each.words.zh), { inverse: true }),
        series: figures.map((figure) => ({ name: figure.words.zh, type: "bar", barMaxWidth: 12, label: { ...label("right"), fontSize: 11 }, data: figure.districts.map((each) => each.value) })),
      });
    },
    parts: (pack, element) => {
      const linesOf = (figure) => figure.parts.find((part) => part.by === element.dataset.part)?.lines ?? [];
      const figures = told(pack).filter((figure) => linesOf(figure).length);
      if (!figures.length) return null;
      const lines = linesOf(figures.at(-1)).slice(0, MOST_LINES);
      const value = (figure, key) => linesOf(figure).find((line) => line.key === key)?.value ?? 0;
      return base({
        xAxis: values(),
        yAxis: names(lines.map((line) => line.words.zh.slice(0, 14)), { inverse: true }),
        series: figures.map((figure) => ({ name: figure.words.zh, type: "bar", barMaxWidth: 18, label: { ...label("right"), fontSize: 12 }, data: lines.map((line) => value(figure, line.key)) })),
      });
    },
  };

  const drawn = [];
  for (const element of document.querySelectorAll("[data-chart]")) {
    const option = CHARTS[element.dataset.chart](packs[element.dataset.pack], element);
    if (option === null) {
      element.classList.add("none");
      element.textContent = "暂无数据 · nothing yet";
      continue;
    }
    const chart = echarts.init(element, null, { renderer: "svg" });
    chart.setOption(option);
    drawn.push(chart);
  }
  const fit = () => drawn.forEach((chart) => chart.resize());
  addEventListener("resize", fit);
  addEventListener("beforeprint", fit);
  addEventListener("afterprint", fit);
})();
