"""
Numbers: frames in, frames and frozen records out; nothing here touches the disk.

`measurement` (rates and totals from counts) feeds `trajectory` (all areas together,
projected with joint draws: `panel`, `links`, `shared_drift`, `own_drift`, `scales`), which
makes a `projection`; `bridge` carries it to another standard, `target` (pace, chance,
status) and `alternatives` (what if) read it, `backtest` holds it against what came.
`comparison` (similar areas) and `finance` (money) stand alone; `audit`
and `audit_tests` list figures worth a second look.
`multidimensional` measures surveys of households' deprivations with the errors of
`sampling`; `decomposition` splits changes of both kinds of measures into their parts.
`impact` (what a programme changed) checks records in `impact_design`, estimates in `staggered`,
`synthetic` or `experiment`, and `programmes` applies it to the programmes of a data set.
"""
