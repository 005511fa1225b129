package diagnose

import (
	"strings"

	"github.com/cosemu/cosemu/signer/internal/show"
)

// Message says what happened and what to do, in both languages. Its texts may have
// the placeholders {name}, {signed}, {arrived} and {detail}, which the [Values] of
// a request fill.
//
// Every message stands once, in Go, beside the row that uses it, and not in an
// embedded file keyed by its id. So the compiler finds a missing message and the
// linter an unused one, a mistake's search and its text are on one screen, and
// messages with the same advice share it. The command, the console and the API
// print these texts and have none of their own. TestMessages and TestTexts check
// all of them.
type Message struct {
	// ID names the mistake. It is empty in the few messages that several mistakes
	// share; see of.
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

// of returns a shared message for one mistake.
func (m *Message) of(id ID) *Message {
	said := *m
	said.ID = id
	return &said
}

// Finding fills the message for one request.
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

// Hint fills the message for a request that was accepted.
func (m *Message) Hint(v Values) *Hint {
	return &Hint{ID: string(m.ID), Sentence: m.Sentence.With(v), Advice: m.Advice.With(v)}
}

// Hint is a warning about a request that was accepted: the cloud may answer
// differently, or the client may have meant something else. Hints are not in
// x-cosemu-diagnosis.
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
