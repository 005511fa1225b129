#include "go_asm.h"
#include "textflag.h"

// The words of a lane lie as in memory: H is the low one, L the high one. So are its constants,
// x^(D+63) low and x^(D-1) high.

// CONSTANT sets k to the constants high (for H) and low (for L).
#define CONSTANT(high, low, k) \
	MOVQ       $high, AX; \
	MOVQ       AX, k;     \
	MOVQ       $low, AX;  \
	MOVQ       AX, X10;   \
	PUNPCKLQDQ X10, k

// FOLD multiplies lane by x^D, as k says, and adds the 16 bytes at next:
// H·x^(D+64) + L·x^D + next.
#define FOLD(lane, k, next) \
	MOVO      lane, X9;      \
	MOVOU     next, X10;     \
	PCLMULQDQ $0x00, k, lane;\
	PCLMULQDQ $0x11, k, X9;\
	PXOR      X10, lane;     \
	PXOR      X9, lane

// JOIN multiplies lane by x^128 and adds next, which becomes the lane.
#define JOIN(lane, next) \
	MOVO      lane, X9;       \
	PCLMULQDQ $0x00, X8, lane; \
	PCLMULQDQ $0x11, X8, X9;  \
	PXOR      lane, next;     \
	PXOR      X9, next

// func fold(x *[16]byte, p []byte)
TEXT ·fold(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), DI
	MOVQ p_base+8(FP), SI
	MOVQ p_len+16(FP), CX

	MOVOU 0(SI), X0
	MOVOU 16(SI), X1
	MOVOU 32(SI), X2
	MOVOU 48(SI), X3
	MOVOU 64(SI), X4
	MOVOU 80(SI), X5
	MOVOU 96(SI), X6
	MOVOU 112(SI), X7
	MOVOU 0(DI), X9
	PXOR  X9, X0
	ADDQ  $const_block, SI
	SUBQ  $const_block, CX

	CONSTANT(const_x1087, const_x1023, X8)

wide: // eight lanes over 1024 bits
	CMPQ CX, $const_block
	JLT  join
	FOLD(X0, X8, 0(SI))
	FOLD(X1, X8, 16(SI))
	FOLD(X2, X8, 32(SI))
	FOLD(X3, X8, 48(SI))
	FOLD(X4, X8, 64(SI))
	FOLD(X5, X8, 80(SI))
	FOLD(X6, X8, 96(SI))
	FOLD(X7, X8, 112(SI))
	ADDQ $const_block, SI
	SUBQ $const_block, CX
	JMP  wide

join: // each lane into the one 128 bits later
	CONSTANT(const_x191, const_x127, X8)
	JOIN(X0, X1)
	JOIN(X1, X2)
	JOIN(X2, X3)
	JOIN(X3, X4)
	JOIN(X4, X5)
	JOIN(X5, X6)
	JOIN(X6, X7)

narrow: // one lane over 128 bits
	CMPQ CX, $16
	JLT  done
	FOLD(X7, X8, 0(SI))
	ADDQ $16, SI
	SUBQ $16, CX
	JMP  narrow

done:
	MOVOU X7, 0(DI)
	RET
