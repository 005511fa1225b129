package lang

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOf(t *testing.T) {
	for want, envs := range map[string][][]string{
		Chinese: {{"LANG=zh_CN.UTF-8"}, {"LC_ALL=zh", "LANG=en_US"}, {"LC_MESSAGES=zh_TW", "LANG=C"}, {"LANG=C", "LANG=ZH"}},
		English: {nil, {"LANG=C"}, {"LC_ALL=C", "LANG=zh_CN"}, {"LANGUAGE=zh"}, {"LC_ALL=", "LANG=de"}},
	} {
		for _, env := range envs {
			require.Equal(t, want, Of(env), env)
		}
	}
}

func TestErrors(t *testing.T) {
	inner := Errorf("no %s", "没有 %s", "x")
	outer := Errorf("data: %v (%[1]v)", "数据：%v", inner)
	require.EqualError(t, outer, "data: no x (no x)")
	require.Equal(t, "数据：没有 x", Message(outer, Chinese))
	require.Equal(t, "data: no x (no x)", Message(outer, English))
	require.ErrorIs(t, Errorf("a %v", "一 %v", io.EOF), io.EOF)
	require.Equal(t, "没有 x\nEOF", Message(errors.Join(inner, io.EOF), Chinese))
	require.Equal(t, "no x\nEOF", Message(errors.Join(inner, io.EOF), English))
	require.Equal(t, "没有 x", Message(wrapped{inner}, Chinese))
	require.Equal(t, "no x, EOF", Message(fmt.Errorf("%w, %w", inner, io.EOF), Chinese), "likewise")
	require.Equal(t, "why: no x", Message(fmt.Errorf("why: %w", inner), Chinese), "what stands around it is not lost")
}

type wrapped struct{ error }

func (w wrapped) Unwrap() error { return w.error }
