package fault

import (
	"fmt"
	"strconv"

	"github.com/cosemu/cosemu/signer/diagnose"
)

var wordsFault = diagnose.Message{
	ID: diagnose.FaultInjected,
	Sentence: diagnose.Text{
		En: "The request met the planned fault {name}: {detail}.",
		Zh: "请求命中了预先安排的故障 {name}：{detail}。",
	},
	Advice: diagnose.Text{
		En: "A test planned it. cosemu fault rm {name} removes it, and cosemu fault list shows the others.",
		Zh: "这是测试安排的故障。用 cosemu fault rm {name} 移除它，用 cosemu fault list 查看其余故障。",
	},
}

// say is what a fault does, in a few words.
func (s *Spec) say() diagnose.Text {
	text := func(en, zh string, args ...any) diagnose.Text {
		return diagnose.Text{En: fmt.Sprintf(en, args...), Zh: fmt.Sprintf(zh, args...)}
	}
	switch s.Word {
	case Answer:
		code := s.Code
		if s.Status != 0 {
			code = strconv.Itoa(s.Status) + " " + code
		}
		return text("it answered %s", "返回了 %s", code)
	case Close:
		switch {
		case s.AfterBytes == 0 && s.Of == OfRequest:
			return text("it closed the connection before the body of the request", "在读取请求体之前关闭了连接")
		case s.AfterBytes == 0:
			return text("it closed the connection instead of answering", "没有返回响应就关闭了连接")
		case s.Of == OfRequest:
			return text("it closed the connection after %d bytes of the request", "在收到请求体的 %d 字节后关闭了连接", s.AfterBytes)
		}
		return text("it closed the connection after %d bytes of the response", "在发出响应正文的 %d 字节后关闭了连接", s.AfterBytes)
	case Delay:
		return text("it waited %s before the operation", "在执行操作前等待了 %s", s.For)
	case Stall:
		if s.Of == OfRequest {
			return text("it paused for %[2]s after %[1]d bytes of the request", "在收到请求体的 %[1]d 字节后暂停了 %[2]s", s.AfterBytes, s.For)
		}
		return text("it paused for %[2]s after %[1]d bytes of the response", "在发出响应正文的 %[1]d 字节后暂停了 %[2]s", s.AfterBytes, s.For)
	case Throttle:
		return text("it limited both bodies to %d bytes a second", "把请求体和响应正文限速为每秒 %d 字节", s.BytesPerSecond)
	case WrongCRC64:
		return text("it changed the CRC-64 in the response", "改动了响应中的 CRC64")
	case WrongETag:
		return text("it changed the ETag in the response", "改动了响应中的 ETag")
	case Corrupt:
		return text("it changed one byte of the response body", "改动了响应正文的一个字节")
	case Stale:
		return text("the response is as of %s before", "响应是 %s 之前的状态", s.For)
	}
	return text("", "")
}
