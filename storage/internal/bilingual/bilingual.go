// Package bilingual makes the sentences and the errors that a program shows to its
// user: in English, and in Chinese for whoever asks for it.
package bilingual

import "fmt"

// Text is a sentence in English and Chinese.
type Text struct{ En, Zh string }

// String returns the English sentence.
func (t Text) String() string { return t.En }

// Textf fills in the arguments of both formats.
func Textf(en, zh string, args ...any) Text {
	return Text{fmt.Sprintf(en, args...), fmt.Sprintf(zh, args...)}
}

// Error is an error in English that can be said in Chinese.
type Error struct {
	error
	zh   string
	args []any
}

// Errorf makes an error of two formats for the same arguments. The English one is
// that of fmt.Errorf.
func Errorf(en, zh string, args ...any) error {
	return &Error{fmt.Errorf(en, args...), zh, args}
}

// Unwrap returns what fmt.Errorf makes, which wraps the causes.
func (e *Error) Unwrap() error { return e.error }

// Chinese returns the format of the Chinese message and its arguments. A cause among
// them may say itself in Chinese, too.
func (e *Error) Chinese() (format string, args []any) { return e.zh, e.args }
