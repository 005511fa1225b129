package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"
)

// row is one figure.
type row struct {
	What    string  `json:"what"`
	Unit    string  `json:"unit"`
	Value   float64 `json:"value"`
	Low     float64 `json:"low,omitzero"` // the extremes of the turns, if there are turns
	High    float64 `json:"high,omitzero"`
	Best    float64 `json:"best,omitzero"` // the best turn of one side to the best of the other
	Work    float64 `json:"work,omitzero"` // the ratio of processor time, server and client
	Aim     float64 `json:"aim,omitzero"`  // 0: no aim
	AtLeast bool    `json:"at_least,omitzero"`
	Met     *bool   `json:"met,omitzero"` // whether the figure reaches the aim, if there is one
	Note    string  `json:"note,omitzero"`
}

func (b *bench) add(r row) {
	if r.Aim != 0 {
		met := r.Value <= r.Aim
		if r.AtLeast {
			met = r.Value >= r.Aim
		}
		r.Met = &met
	}
	b.rows = append(b.rows, r)
}

func (b *bench) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Go   string `json:"go"`
		OS   string `json:"os"`
		CPUs int    `json:"cpus"`
		Rows []row  `json:"rows"`
	}{runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, runtime.NumCPU(), b.rows})
}

func (b *bench) writeTable(w io.Writer) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "cosemu on %s/%s, %d CPUs shared with the client, %s\n\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	line := func(cells ...string) { _, _ = io.WriteString(t, strings.Join(cells, "\t")+"\n") } // a buffer returns no error
	line("what", "measured", "turns", "best", "work", "aim", "", "")
	for _, r := range b.rows {
		line(r.What, figure(r.Value)+" "+r.Unit, r.turns(), ratio(r.Best), ratio(r.Work), r.aim(), r.verdict(), r.Note)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := text.WriteTo(w)
	return err
}

func (r *row) turns() string {
	if r.High == 0 && r.Low == 0 {
		return ""
	}
	return figure(r.Low) + " to " + figure(r.High)
}

// ratio prints a further figure, if there is one. The best turns have the least noise from other
// programs. The work, by processor time, is the figure on a machine without other programs.
func ratio(v float64) string {
	if v == 0 {
		return ""
	}
	return figure(v)
}

func (r *row) aim() string {
	switch {
	case r.Aim == 0:
		return ""
	case r.AtLeast:
		return "≥ " + figure(r.Aim)
	}
	return "≤ " + figure(r.Aim)
}

func (r *row) verdict() string {
	switch {
	case r.Met == nil:
		return ""
	case *r.Met:
		return "met"
	}
	return "MISSED"
}

// figure prints about three digits.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
