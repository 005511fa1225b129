package diagnose

import (
	"strings"

	"github.com/cosemu/cosemu/signer/internal/show"
)

// Message is what is said of a mistake: what happened and what to do, each in
// both languages. A sentence holds {name}, {signed}, {arrived} and {detail}
// where the [Values] of a request go.
//
// Every message stands once, in Go, in the file of the row that says it, and not
// in an embedded file keyed by its id. So the compiler knows each message that is
// said and the linter one that no longer is; a search and its words are read on
// one screen; and messages that give the same advice share it. Commands, console
// and API print it, and word nothing again. TestMessages and TestTexts hold all
// of them to these rules.
type Message struct {
	// ID is the mistake's. It is empty for the few messages that several
	// mistakes share; see of.
	ID ID
	// Sentence says what happened, Advice what to do.
	Sentence, Advice Text
}

// Values fill the placeholders of a message.
type Values struct {
	// Name is the header or parameter that it is about.
	Name string
	// Signed and Arrived are the two values side by side.
	Signed, Arrived string
	// Detail is a part of the sentence that depends on the request.
	Detail Text
}

// of is a message that several mistakes share, said of one of them.
func (m *Message) of(id ID) *Message {
	said := *m
	said.ID = id
	return &said
}

// Finding says a message of one request.
func (m *Message) Finding(v Values) Finding {
	return Finding{
		ID:       m.ID,
		Name:     v.Name,
		Sentence: m.Sentence.With(v),
		Advice:   m.Advice.With(v),
		Signed:   show.Shorten(v.Signed, maxValue),
		Arrived:  show.Shorten(v.Arrived, maxValue),
	}
}

// Hint says a message of a request that was accepted.
func (m *Message) Hint(v Values) *Hint {
	return &Hint{ID: string(m.ID), Sentence: m.Sentence.With(v), Advice: m.Advice.With(v)}
}

// Hint is something to know about a request that was accepted: the cloud may
// answer otherwise, or the client did not mean it so. A hint never stands among
// the ids of x-cosemu-diagnosis.
type Hint struct {
	// ID names what was seen; it does not change.
	ID string `json:"id"`
	// Sentence says what was seen, Advice what to change.
	Sentence Text `json:"sentence"`
	Advice   Text `json:"advice"`
}

// Text is a sentence in the languages that cosemu speaks.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// In is the text in a language: Chinese for "zh" and its regions ("zh-CN",
// "zh_CN.UTF-8"), else English.
func (t Text) In(lang string) string {
	if len(lang) >= 2 && strings.EqualFold(lang[:2], "zh") {
		return t.Zh
	}
	return t.En
}

// With fills the placeholders of a text. Long values are shortened, and control
// characters made visible; Detail is taken as it is.
func (t Text) With(v Values) Text {
	if strings.IndexByte(t.En, '{') < 0 && strings.IndexByte(t.Zh, '{') < 0 {
		return t
	}
	fill := func(text, detail string) string {
		return strings.NewReplacer("{name}", inPhrase(v.Name), "{signed}", inPhrase(v.Signed),
			"{arrived}", inPhrase(v.Arrived), "{detail}", detail).Replace(text)
	}
	return Text{En: fill(t.En, v.Detail.En), Zh: fill(t.Zh, v.Detail.Zh)}
}

// same is a text that no language changes.
func same(t string) Text { return Text{En: t, Zh: t} }

// joinTexts makes one text of several.
func joinTexts(texts []Text, en, zh string) Text {
	var joined Text
	for i, t := range texts {
		if i > 0 {
			joined.En += en
			joined.Zh += zh
		}
		joined.En += t.En
		joined.Zh += t.Zh
	}
	return joined
}
