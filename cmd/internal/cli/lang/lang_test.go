package lang

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
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

// TestErrorsOfTheSystem: what the system says, and what package emulator or storage
// says around it, is Chinese too. English stays as it was.
func TestErrorsOfTheSystem(t *testing.T) {
	_, err := os.ReadFile("/none/x")
	require.Equal(t, "/none/x：没有这个文件或目录", Message(err, Chinese))
	require.Equal(t, err.Error(), Message(err, English))
	_, err = net.Listen("tcp", "192.0.2.1:0")
	require.Equal(t, "192.0.2.1:0：本机没有这个地址", Message(err, Chinese))
	require.Equal(t, err.Error(), Message(err, English))
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	_, err = net.Dial("tcp", free.Addr().String())
	require.Equal(t, "连接被拒绝", Message(err, Chinese))
	require.Equal(t, "EOF", Message(io.EOF, Chinese), "what has one language stays")

	_, err = storage.OpenDisk("/dev/null", storage.Options{})
	said := Message(err, Chinese)
	require.Contains(t, said, "打开数据目录 /dev/null：")
	require.Contains(t, said, "不是目录")
	require.NotRegexp(t, "open data folder|not a directory", said)
	require.Equal(t, err.Error(), Message(err, English))
}

type wrapped struct{ error }

func (w wrapped) Unwrap() error { return w.error }
