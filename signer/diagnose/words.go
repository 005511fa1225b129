package diagnose

import "strings"

// words are what a finding says, with {name}, {signed}, {arrived} and {detail}
// where the request's own values go.
type words struct {
	sentence, advice Text
}

// values fill the places of words.
type values struct {
	name, signed, arrived string
	detail                Text
}

// finding makes a Finding of words and values.
func (w *words) finding(id ID, v values) Finding {
	fill := func(t string, detail string) string {
		if strings.IndexByte(t, '{') < 0 {
			return t
		}
		return strings.NewReplacer("{name}", inPhrase(v.name), "{signed}", inPhrase(v.signed),
			"{arrived}", inPhrase(v.arrived), "{detail}", detail).Replace(t)
	}
	return Finding{
		ID:       id,
		Name:     v.name,
		Sentence: Text{En: fill(w.sentence.En, v.detail.En), Zh: fill(w.sentence.Zh, v.detail.Zh)},
		Advice:   Text{En: fill(w.advice.En, v.detail.En), Zh: fill(w.advice.Zh, v.detail.Zh)},
		Signed:   shorten(v.signed, maxValue),
		Arrived:  shorten(v.arrived, maxValue),
	}
}
