# The recorder on programs in trouble: tests/record/README.md.

.PHONY: test-recorder

TEST_EXTRA += test-recorder

HARM       := $(BUILD)/tests/record
HARM_FLAGS := -std=c11 -O1 -g -Wall -Wextra -Wconversion -Werror -fno-builtin -Wl,-z,now

$(HARM)/subject: tests/record/subject.c
	@mkdir -p $(@D)
	$(CC) $(HARM_FLAGS) -o $@ $< -lpthread

$(HARM)/own-malloc: tests/record/subject.c $(PRELOAD)/allocator.c
	@mkdir -p $(@D)
	$(CC) $(HARM_FLAGS) -o $@ $< $(PRELOAD)/allocator.c $(PRELOAD)/allocator-malloc.c -lpthread

$(HARM)/own-clock: tests/record/subject.c tests/record/fake.c
	@mkdir -p $(@D)
	$(CC) $(HARM_FLAGS) -o $@ $^ -lpthread

$(HARM)/libfake.so: tests/record/fake.c
	@mkdir -p $(@D)
	$(CC) $(HARM_FLAGS) -fPIC -shared -o $@ $<

# Not every compiler brings every runtime: what cannot be built is not tested.
$(HARM)/address $(HARM)/thread $(HARM)/leak: tests/record/subject.c
	@mkdir -p $(@D)
	-$(CC) $(HARM_FLAGS) -fsanitize=$(@F) -o $@ $< -lpthread

$(HARM)/address-fault: tests/record/fault.c
	@mkdir -p $(@D)
	-$(CC) $(HARM_FLAGS) -fsanitize=address -o $@ $<

HARM_PROGRAMS := $(addprefix $(HARM)/,subject own-malloc own-clock libfake.so address thread leak address-fault)

test-recorder: $(RECORD_LIB) $(POOLGEN) $(HARM_PROGRAMS) ## the recorder on programs in trouble
	@$(call install-missing,libcap2-bin util-linux procps)
	@tests/record/run.sh $(POOLGEN) $(RECORD_LIB) $(HARM)
