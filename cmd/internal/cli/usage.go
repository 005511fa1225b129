package cli

import (
	"errors"
	"regexp"

	"github.com/alecthomas/kong"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
)

// wrongUsage is an error of the parser in both languages. One that is not known
// here stays English.
func wrongUsage(pe *kong.ParseError) error {
	text := pe.Error()
	if m := matched(`^(.*), did you mean (?:one of )?(.*)\?$`, text); m != nil {
		return lang.Errorf("%v, did you mean %s?", "%v，是不是 %s？", wrongWord(m[0], pe.Context), m[1])
	}
	if m := matched(`^(.*); perhaps try (.*)\?$`, text); m != nil {
		return lang.Errorf("%v; perhaps try %s?", "%v；可以试试 %s", wrongWord(m[0], pe.Context), m[1])
	}
	return wrongWord(text, pe.Context)
}

// wrongWord is wrongUsage for a text without a suggestion. An argument where no
// command was found is an unknown command.
func wrongWord(text string, ctx *kong.Context) error {
	if m := matched(`^unexpected argument (.*)$`, text); m != nil {
		if ctx.Selected() == nil {
			return lang.Errorf("unknown command %s", "未知的命令 %s", m[0])
		}
		return lang.Errorf("unexpected argument %s", "多余的参数 %s", m[0])
	}
	if m := matched(`^unknown flag (.*)$`, text); m != nil {
		return lang.Errorf("unknown flag %s", "未知的选项 %s", m[0])
	}
	if m := matched(`^missing flags: (.*)$`, text); m != nil {
		return lang.Errorf("missing flags: %s", "缺少选项：%s", m[0])
	}
	if m := matched(`^expected (?:one of )?(.*"|".*|<.*)$`, text); m != nil {
		return lang.Errorf("expected %s", "还需要 %s", m[0])
	}
	if m := matched(`^(\S+) must be one of (.*) but got (.*)$`, text); m != nil {
		return lang.Errorf("%s must be one of %s but got %s", "%s 只能是 %s 之一，而不是 %s", m[0], m[1], m[2])
	}
	if m := matched(`^(\S+) and (\S+) can't be used together$`, text); m != nil {
		return lang.Errorf("%s and %s can't be used together", "%s 和 %s 不能同时使用", m[0], m[1])
	}
	if m := matched(`^(--\S+): expected \S+ value but got (".*?").*$`, text); m != nil {
		return lang.Errorf("%s: expected a value but got %s", "%s：需要一个值，而不是 %s", m[0], m[1])
	}
	if m := matched(`^(--\S+): (.*)$`, text); m != nil {
		return lang.Errorf("%s: %s", "%s：%s", m[0], m[1])
	}
	return errors.New(text)
}

// matched are the groups of a pattern in a text; nil when it does not match.
func matched(pattern, text string) []string {
	if m := regexp.MustCompile(pattern).FindStringSubmatch(text); m != nil {
		return m[1:]
	}
	return nil
}
