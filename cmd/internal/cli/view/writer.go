package view

import "strings"

// ink is how a piece of text looks where colours are allowed.
type ink int

const (
	plain  ink = iota
	strong     // sentences that matter
	faint      // labels
	good
	bad
	inSigned  // the part of the signed form that differs
	inArrived // the part of the arrived form that differs
)

// sgr is the terminal's code for an ink.
func (i ink) sgr() string {
	switch i {
	case strong:
		return "1"
	case faint:
		return "2"
	case good:
		return "32"
	case bad:
		return "1;31"
	case inSigned:
		return "1;4;32"
	case inArrived:
		return "1;4;31"
	}
	return ""
}

// piece is a run of text in one ink. Its text is clean.
type piece struct {
	text string
	ink  ink
}

type writer struct {
	out   strings.Builder
	style Style
	width int
}

// say picks the language of a text.
func (w *writer) say(t Text) string { return clean(t.In(w.style.Lang)) }

// gap sets what follows apart.
func (w *writer) gap() {
	if w.out.Len() > 0 {
		w.out.WriteByte('\n')
	}
}

func (w *writer) heading(t Text) {
	w.gap()
	w.line(piece{w.say(t), strong})
}

// text is a paragraph, wrapped.
func (w *writer) text(indent, s string, ink ink) {
	for _, line := range Wrap(s, w.width-len(indent)) {
		w.line(piece{indent, plain}, piece{line, ink})
	}
}

// line writes pieces and ends the line, without blanks at its end.
func (w *writer) line(pieces ...piece) {
	for len(pieces) > 0 {
		last := &pieces[len(pieces)-1]
		if last.ink != inSigned && last.ink != inArrived { // there a blank may be the difference
			last.text = strings.TrimRight(last.text, " ")
		}
		if last.text != "" {
			break
		}
		pieces = pieces[:len(pieces)-1]
	}
	for _, p := range pieces {
		code := p.ink.sgr()
		if !w.style.Colour || code == "" || p.text == "" {
			w.out.WriteString(p.text)
			continue
		}
		w.out.WriteString("\x1b[" + code + "m" + p.text + "\x1b[0m")
	}
	w.out.WriteByte('\n')
}
